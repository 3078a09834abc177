/** What a servo had, or has now. */
export interface ServoEndpoint {
  readonly id: number;
  readonly baudRate: number;
}

/** A joint whose servo is numbered. */
export interface AssignedServo extends ServoEndpoint {
  readonly joint: string;
  readonly model: string;
  readonly before: ServoEndpoint;
  /** Registers that were different and were written; empty when the servo was right already. */
  readonly written: readonly string[];
}

export type SetupEvent =
  /** Looking for servos at this baud rate. */
  | { readonly event: 'scanning'; readonly joint: string; readonly baudRate: number }
  /** All baud rates were looked at. */
  | {
      readonly event: 'found';
      readonly joint: string;
      readonly servos: readonly (ServoEndpoint & { readonly model: string })[];
    }
  | ({ readonly event: 'servo' } & AssignedServo)
  /** The problem; the prompt is repeated. */
  | {
      readonly event: 'problem';
      readonly joint: string;
      readonly code: string;
      readonly text: string;
      readonly hint: string;
    };

/** Who plugs servos in. */
export interface SetupOperator {
  emit(event: SetupEvent): void;
  info(text: string): void;
  /** Prompts and resolves at Enter. Rejects with the signal's reason when it is aborted, with E_USAGE when no more input can come. */
  waitForEnter(
    question: { readonly step: 'connect'; readonly joint: string; readonly text: string },
    signal: AbortSignal,
  ): Promise<void>;
}
