import { DYNAMIXEL_WATCHDOG_EXPIRED } from '../../wire/dynamixel/index.ts';
import type { ControlTable, RegisterWrite } from './control-table.ts';
import { DATA_LIMIT_ERROR, DATA_RANGE_ERROR, OK, RESULT_FAIL } from './errors.ts';
import type { TableRegisterName } from './model.ts';

const MULTI_TURN = 1_048_575;
const POSITION_MODE = 3;

/** Read-only once the bus watchdog has stopped the servo. */
export const GOALS: readonly TableRegisterName[] = ['goalPwm', 'goalCurrent', 'goalVelocity', 'goalPosition'];

/** The error for a value within the range of its register that is rejected because of other registers. */
export function refusal({ name, value }: RegisterWrite, table: ControlTable, shutDown: boolean): number {
  const expired = table.get('busWatchdog') === DYNAMIXEL_WATCHDOG_EXPIRED;
  if (GOALS.includes(name) && expired) return DATA_RANGE_ERROR;
  const within = (limit: TableRegisterName): number => (Math.abs(value) > table.get(limit) ? DATA_LIMIT_ERROR : OK);
  switch (name) {
    case 'goalPosition': {
      const inTurn = table.get('operatingMode') === POSITION_MODE;
      const least = inTurn ? table.get('minimumPosition') : -MULTI_TURN;
      const most = inTurn ? table.get('maximumPosition') : MULTI_TURN;
      return value < least || value > most ? DATA_LIMIT_ERROR : OK;
    }
    case 'goalVelocity':
      return within('velocityLimit');
    case 'goalCurrent':
      return within('currentLimit');
    case 'goalPwm':
      return within('pwmLimit');
    case 'torqueEnable':
      // After a shutdown torque stays off until the servo restarts.
      return value === 1 && shutDown ? RESULT_FAIL : OK;
    case 'busWatchdog':
      return value !== 0 && expired ? DATA_RANGE_ERROR : OK;
    default:
      return OK;
  }
}
