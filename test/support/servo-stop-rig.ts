import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Cli, temporaryDirectory } from './cli.ts';
import { ServoGroundTruth } from './servo-ground-truth.ts';
import type { OwnerOptions } from './servo-owner.ts';

const OWNER = fileURLToPath(new URL('./servo-owner.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
/** Real-time priority where it is permitted, as softqd has it: a busy machine must not stop the robot in a test. */
const REAL_TIME = spawnSync('chrt', ['-r', '2', 'true']).status === 0 ? ['chrt', '-r', '2'] : [];
const MAX_ATTEMPTS = 4;
/** The ground truth is written in blocks. */
const FLUSH_MS = 100;

/** A virtual arm and a process that drives it, both real processes. */
export class ServoStopRig {
  readonly directory = temporaryDirectory();
  readonly robot: 'so101' | 'koch';
  readonly holdSocketPath = join(this.directory.path, 'hold.sock');
  address = '';
  owner!: ChildProcess;
  watchdogPid = 0;
  readonly events: Record<string, unknown>[] = [];
  private readonly truthFile = join(this.directory.path, 'truth.jsonl');
  private readonly virtual: Cli;

  private constructor(robot: 'so101' | 'koch', faults: readonly string[]) {
    this.robot = robot;
    const flags = faults.flatMap((fault) => ['--fault', fault]);
    this.virtual = new Cli(['virtual', '--robot', robot, '--json', '--ground-truth', this.truthFile, ...flags]);
  }

  static async start(robot: 'so101' | 'koch', faults: readonly string[] = []): Promise<ServoStopRig> {
    const rig = new ServoStopRig(robot, faults);
    const { pty } = await rig.virtual.event(({ event }) => event === 'ready');
    rig.address = String(pty);
    return rig;
  }

  get protocol(): 'feetech' | 'dynamixel' {
    return this.robot === 'so101' ? 'feetech' : 'dynamixel';
  }

  /**
   * Starts a process that drives the arm; resolves when it has driven for `drivingMs`. Where a stall of this machine stops it before, it is
   * started again.
   */
  async drive(options: Partial<OwnerOptions> = {}, drivingMs = 1500): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.start(options);
        await wait(drivingMs);
        if (!this.wasStopped) return;
        this.owner.kill('SIGKILL');
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS) throw error;
      }
    }
  }

  private async start(options: Partial<OwnerOptions>): Promise<void> {
    const all: OwnerOptions = {
      ...{ robot: this.robot, address: this.address, stopMode: null, rateHz: 50, holdS: 300, then: 'damp' },
      ...{ targets: [0, 0, 0, 0, 0, 0], holdSocketPath: this.holdSocketPath },
      ...options,
    };
    const command = [...REAL_TIME, process.execPath, '--import', LOADER, OWNER, JSON.stringify(all)];
    const owner = spawn(command[0]!, command.slice(1), {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    this.owner = owner;
    this.events.length = 0;
    let rest = '';
    owner.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.events.push(JSON.parse(line) as Record<string, unknown>);
    });
    const armed = await this.event('armed');
    this.watchdogPid = Number(armed['watchdogPid']);
  }

  async event(name: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.events.find(({ event }) => event === name);
      if (found !== undefined) return found;
      if (this.owner.exitCode !== null) throw new Error(`the owner ended with ${this.owner.exitCode} before ${name}`);
      await wait(5);
    }
  }

  /** Sends a signal to the owner; returns the time in ms of CLOCK_MONOTONIC. */
  signal(signal: NodeJS.Signals, target: 'process' | 'group' = 'process'): number {
    const atMs = monotonicMs();
    process.kill(target === 'group' ? -this.owner.pid! : this.owner.pid!, signal);
    return atMs;
  }

  /** What has happened until now. */
  async truth(): Promise<ServoGroundTruth> {
    const nowMs = monotonicMs();
    for (;;) {
      await wait(FLUSH_MS);
      const truth = new ServoGroundTruth(this.truthFile, this.protocol);
      if (truth.lastMs > nowMs) return truth;
    }
  }

  /** A stall of this machine has stopped the robot before the test did. */
  get wasStopped(): boolean {
    return this.events.some(({ event }) => event === 'fault');
  }

  isWatchdogAlive(): boolean {
    try {
      // An exited process remains a zombie (Z) until its new parent has noticed.
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${this.watchdogPid}/status`, 'utf8'));
    } catch {
      return false;
    }
  }

  async stop(): Promise<void> {
    for (const pid of [this.owner.pid, this.watchdogPid]) {
      try {
        if (pid !== undefined && pid > 0) process.kill(pid, 'SIGKILL');
      } catch {
        // It has exited.
      }
    }
    this.virtual.child.kill('SIGINT');
    await this.virtual.done;
    this.directory.remove();
  }
}

/** Of CLOCK_MONOTONIC, as the ground truth. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
