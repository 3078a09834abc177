interface Range {
  first: number;
  last: number;
}

/** Which sequence numbers of a session were found, as ranges: files may come in any order, and twice. */
export class SequenceRanges {
  /** Ascending, disjoint, never adjacent. */
  private readonly ranges: Range[] = [];

  add(sequence: number): void {
    const newest = this.ranges.at(-1);
    if (newest?.last === sequence - 1) {
      newest.last = sequence;
      return;
    }
    let index = this.ranges.length;
    while (index > 0 && this.ranges[index - 1]!.first > sequence) index--;
    const before = this.ranges[index - 1];
    const after = this.ranges[index];
    if (before !== undefined && sequence <= before.last) return;
    const joinsBefore = before?.last === sequence - 1;
    const joinsAfter = after?.first === sequence + 1;
    if (joinsBefore && joinsAfter) {
      before.last = after.last;
      this.ranges.splice(index, 1);
    } else if (joinsBefore) before.last = sequence;
    else if (joinsAfter) after.first = sequence;
    else this.ranges.splice(index, 0, { first: sequence, last: sequence });
  }

  get first(): number {
    return this.ranges[0]?.first ?? -1;
  }

  get last(): number {
    return this.ranges.at(-1)?.last ?? -1;
  }

  /** How many sequence numbers between first and last were not found. */
  get missing(): number {
    let missing = 0;
    for (let i = 1; i < this.ranges.length; i++) missing += this.ranges[i]!.first - this.ranges[i - 1]!.last - 1;
    return missing;
  }
}
