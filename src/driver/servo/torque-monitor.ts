import type { HealthCheck } from '../../servo/index.ts';

/** Consecutive failed checks of one register: one may be a corrupt byte. */
const FAILED_CHECKS_LIMIT = 2;

/** Counts failed health checks: an armed servo that lost torque, or whose bus watchdog triggered, without reporting a fault. */
export class TorqueMonitor {
  private readonly failures = new Map<string, number>();

  /** Call when the robot is armed. */
  reset(): void {
    this.failures.clear();
  }

  /** True when this check has failed twice in a row. */
  hasFailed(id: number, { register, isHealthy }: HealthCheck, value: number): boolean {
    const key = `${id} ${register}`;
    const count = isHealthy(value) ? 0 : (this.failures.get(key) ?? 0) + 1;
    this.failures.set(key, count);
    return count >= FAILED_CHECKS_LIMIT;
  }
}
