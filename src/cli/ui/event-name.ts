/** The `event` field of an event; null for a result, which has none. */
export function eventName(event: object): string | null {
  return 'event' in event && typeof event.event === 'string' ? event.event : null;
}
