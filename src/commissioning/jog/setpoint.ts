import type { JointSpec } from '../../robot/robot-spec.ts';

/** The setpoint of a jogged joint: a position, or an effort for an effort-controlled joint. Units of the joint. */
export interface JogSetpoint {
  readonly kind: 'position' | 'effort';
  readonly value: number;
}

/** Turns setpoints into targets of the joint's command mode; null: no setpoint, do not move. */
export interface JogController {
  target(setpoint: JogSetpoint | null, position: number, periodS: number): number;
}

/** Proportional gain, 1/s: a velocity joint stops at the setpoint instead of passing it. */
const VELOCITY_GAIN_PER_S = 4;

/** Moves a joint from `start` to its setpoints at no more than `speed`. */
export function createJogController(joint: JointSpec, start: number, speed: number): JogController {
  switch (joint.commandMode) {
    case 'position':
      return rampController(start, speed);
    case 'velocity':
      return {
        target: (setpoint, position) =>
          setpoint === null ? 0 : Math.max(-speed, Math.min(speed, (setpoint.value - position) * VELOCITY_GAIN_PER_S)),
      };
    case 'effort':
      return { target: (setpoint) => (setpoint?.kind === 'effort' ? setpoint.value : 0) };
  }
}

/** The target approaches the setpoint step by step; without one it stays. */
function rampController(start: number, speed: number): JogController {
  let at = start;
  return {
    target: (setpoint, _position, periodS) => {
      if (setpoint === null) return at;
      const reach = speed * periodS;
      at += Math.max(-reach, Math.min(reach, setpoint.value - at));
      return at;
    },
  };
}
