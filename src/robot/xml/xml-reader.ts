import { SoftqdError } from '../../base/errors.ts';
import { decimalNumber } from './decimal-number.ts';
import type { XmlElement } from './xml-tree.ts';

/** Reads one element's attributes and children; every complaint is E_ROBOT_FILE and names file, line and element. */
export class XmlReader {
  readonly element: XmlElement;

  constructor(element: XmlElement) {
    this.element = element;
  }

  /** FILE:LINE. */
  get place(): string {
    return `${this.element.file}:${this.element.line}`;
  }

  complaint(what: string): SoftqdError {
    const { name, attributes, file, line } = this.element;
    const called = attributes['name'] === undefined ? '' : ` '${attributes['name'].slice(0, 64)}'`;
    return new SoftqdError('E_ROBOT_FILE', `${this.place}: <${name}>${called} ${what}`, {
      hint: 'Correct the file.',
      values: { file, line },
    });
  }

  /** Throws when there are two. */
  child(name: string): XmlReader | null {
    const [first, second] = this.children(name);
    if (second !== undefined) throw second.complaint('appears twice');
    return first ?? null;
  }

  children(name: string): XmlReader[] {
    return this.element.children.filter((child) => child.name === name).map((child) => new XmlReader(child));
  }

  required(name: string): XmlReader {
    const child = this.child(name);
    if (child === null) throw this.complaint(`has no <${name}>`);
    return child;
  }

  /** A text of 1 to 256 characters. */
  text(attribute: string): string {
    const value = this.element.attributes[attribute];
    if (value === undefined || value.length === 0 || value.length > 256) {
      throw this.complaint(`needs ${attribute}: a text of 1 to 256 characters`);
    }
    return value;
  }

  /** A finite number, or null when the attribute is not there. */
  number(attribute: string): number | null {
    const value = this.element.attributes[attribute];
    if (value === undefined) return null;
    return this.parse(attribute, value);
  }

  /** Three finite numbers, or `otherwise` when the attribute is not there. */
  vector(attribute: string, otherwise: readonly [number, number, number]): readonly [number, number, number] {
    const value = this.element.attributes[attribute];
    if (value === undefined) return otherwise;
    const parts = value.trim().split(/\s+/);
    if (parts.length !== 3) throw this.complaint(`has ${attribute}="${value.slice(0, 64)}": must be three numbers`);
    const [x, y, z] = parts.map((part) => this.parse(attribute, part));
    return [x!, y!, z!];
  }

  private parse(attribute: string, text: string): number {
    const value = decimalNumber(text);
    if (value === null || !Number.isFinite(value))
      throw this.complaint(`has ${attribute}="${text.slice(0, 64)}": must be a number`);
    return value;
  }
}
