/** ID and baud rate of a servo. */
export interface ServoEndpoint {
  readonly id: number;
  readonly baudRate: number;
}

/** A joint whose servo is configured. */
export interface AssignedServo extends ServoEndpoint {
  readonly joint: string;
  readonly model: string;
  readonly before: ServoEndpoint;
  /** Registers written; empty when the servo was already configured. */
  readonly written: readonly string[];
}

export type SetupEvent =
  /** Scanning at this baud rate. */
  | { readonly event: 'scanning'; readonly joint: string; readonly baudRate: number }
  /** The scan has ended. */
  | {
      readonly event: 'found';
      readonly joint: string;
      readonly servos: readonly (ServoEndpoint & { readonly model: string })[];
    }
  | ({ readonly event: 'joint' } & AssignedServo)
  /** A problem that the operator can fix; the prompt is repeated. */
  | {
      readonly event: 'trouble';
      readonly joint: string;
      readonly code: string;
      readonly text: string;
      readonly hint: string;
    };

/** The person who connects the servos. */
export interface SetupOperator {
  tell(event: SetupEvent): void;
  note(text: string): void;
  /** Prompts and resolves at Enter. Rejects with the signal's reason when it is aborted, with E_USAGE at the end of input. */
  enter(
    question: { readonly step: 'connect'; readonly joint: string; readonly text: string },
    signal: AbortSignal,
  ): Promise<void>;
}
