import { SoftqdError } from '../../base/errors.ts';
import type { LoadedConfig } from '../../config/index.ts';
import { playbackError, playbackRun, type CommandUi, type RunOptions } from '../../runs/index.ts';

export interface PlaybackRequest {
  readonly options: RunOptions;
  readonly loaded: LoadedConfig;
  readonly file: string;
  readonly policy: Uint8Array | null;
}

/** `softqd run --driver playback:FILE`: the line over recorded readings; done when its commands are the recorded ones, else E_PLAYBACK_MISMATCH. */
export async function runPlayback({ options, loaded, file, policy }: PlaybackRequest, ui: CommandUi): Promise<number> {
  if (options.learn) {
    throw new SoftqdError(
      'E_USAGE',
      '--learn cannot be used with a playback: recorded readings do not depend on the commands',
      {
        hint: 'Leave --learn out, or drive a simulator.',
      },
    );
  }
  const result = await playbackRun({ loaded, file, policy, durationS: options.durationS, ui });
  const { interrupted, ...numbers } = result;
  ui.event({ event: 'done', skipped: 0, ...numbers });
  const error = playbackError(result);
  if (error !== null) throw error;
  return interrupted ? 130 : 0;
}
