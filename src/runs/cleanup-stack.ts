/** Closes resources in reverse order, also after errors; throws the first error at the end. */
export class CleanupStack {
  private readonly steps: (() => Promise<void> | void)[] = [];

  /** Registers how to close what was just opened. */
  defer(step: () => Promise<void> | void): void {
    this.steps.push(step);
  }

  async close(): Promise<void> {
    let failure: unknown;
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure as Error;
  }
}
