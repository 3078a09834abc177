import { SoftqdError } from '../../base/errors.ts';
import { EXIT_INTERRUPTED } from '../../cli/index.ts';
import type { LoadedConfig } from '../../config/index.ts';
import { playbackError, playbackRun, type CommandUi } from '../../runs/index.ts';
import type { RunCommandEvent, RunOptions } from './types.ts';

interface PlaybackRequest {
  readonly options: RunOptions;
  readonly loaded: LoadedConfig;
  readonly file: string;
  readonly policy: Uint8Array | null;
}

/** `softqd run --driver playback:FILE`: runs the control loop on recorded readings. Throws E_PLAYBACK_MISMATCH when a command differs from the recorded one. */
export async function runPlayback(
  { options, loaded, file, policy }: PlaybackRequest,
  ui: CommandUi<RunCommandEvent>,
): Promise<number> {
  if (options.learn) {
    throw new SoftqdError(
      'E_USAGE',
      '--learn cannot be used with a playback: recorded readings do not depend on the commands',
      {
        hint: 'Omit --learn, or use a simulator.',
      },
    );
  }
  const result = await playbackRun({ loaded, file, policy, durationS: options.durationS, ui });
  const { interrupted, ...numbers } = result;
  ui.event({ event: 'done', skipped: 0, ...numbers });
  const error = playbackError(result);
  if (error !== null) throw error;
  return interrupted ? EXIT_INTERRUPTED : 0;
}
