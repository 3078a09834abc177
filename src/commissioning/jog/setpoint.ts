import type { JointSpec } from '../../robot/robot-spec.ts';

/** What a jog wants of its joint: to be at a place, or (a joint that is driven by effort) a push. Units of the joint. */
export interface JogSetpoint {
  readonly kind: 'position' | 'effort';
  readonly value: number;
}

/** Makes targets of an aim, in the joint's command mode; null: nothing wanted, stand still. */
export interface JogController {
  target(aim: JogSetpoint | null, position: number, periodS: number): number;
}

/** Pull towards the place, 1/s: a velocity joint comes to rest there instead of passing it. */
const VELOCITY_GAIN_PER_S = 4;

/** How a joint is brought to a place at no more than `speed`, from `start` on. */
export function createJogController(joint: JointSpec, start: number, speed: number): JogController {
  switch (joint.commandMode) {
    case 'position':
      return rampController(start, speed);
    case 'velocity':
      return {
        target: (aim, position) =>
          aim === null ? 0 : Math.max(-speed, Math.min(speed, (aim.value - position) * VELOCITY_GAIN_PER_S)),
      };
    case 'effort':
      return { target: (aim) => (aim?.kind === 'effort' ? aim.value : 0) };
  }
}

/** The target goes to the aim step by step; without one it stays. */
function rampController(start: number, speed: number): JogController {
  let at = start;
  return {
    target: (aim, _position, periodS) => {
      if (aim === null) return at;
      const reach = speed * periodS;
      at += Math.max(-reach, Math.min(reach, aim.value - at));
      return at;
    },
  };
}
