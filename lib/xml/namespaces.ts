/** Namespaces in XML 1.0 (third edition). */

/** What the prefix `xml` is bound to, always. */
export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
/** What the prefix `xmlns` is bound to, always. */
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** Says why a declaration is not allowed (Namespaces in XML §3), if it is not. */
export function declarationProblem(prefix: string, namespace: string): string | undefined {
  if (prefix === 'xmlns') {
    return `the prefix 'xmlns' must not be declared`;
  }
  if (namespace === XMLNS_NAMESPACE) {
    return `no prefix may be bound to ${XMLNS_NAMESPACE}`;
  }
  if ((prefix === 'xml') !== (namespace === XML_NAMESPACE)) {
    return `the prefix 'xml', and no other, stands for ${XML_NAMESPACE}`;
  }
  return prefix !== '' && namespace === '' ? `the prefix '${prefix}' cannot be undeclared` : undefined;
}

/**
 * The namespace declarations that are in scope, from the root to the element in hand.
 *
 * Namespaces go by numbers, so that comparing two of them takes the same time however long their names are.
 */
export class NamespaceScopes {
  readonly #numbers = new Map<string, number>([['', 0]]);
  readonly #names = [''];
  readonly #bindings = new Map<string, number[]>();
  readonly #declared: { readonly prefix: string; readonly depth: number }[] = [];

  constructor() {
    this.declare('xml', XML_NAMESPACE, 0);
    this.declare('xmlns', XMLNS_NAMESPACE, 0);
  }

  /** Binds a prefix for an element, which is so many levels deep, and for what is inside it. */
  declare(prefix: string, namespace: string, depth: number): void {
    let number = this.#numbers.get(namespace);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(namespace, number);
      this.#names.push(namespace);
    }
    const bindings = this.#bindings.get(prefix);
    if (bindings === undefined) {
      this.#bindings.set(prefix, [number]);
    } else {
      bindings.push(number);
    }
    this.#declared.push({ prefix, depth });
  }

  /** The number of the namespace that a prefix is bound to. */
  numberOf(prefix: string): number | undefined {
    return this.#bindings.get(prefix)?.at(-1);
  }

  /** The namespace that goes by a number; no namespace goes by 0. */
  nameOf(number: number): string {
    return this.#names[number]!;
  }

  /** Forgets the declarations of the elements that are at least so many levels deep. */
  leave(depth: number): void {
    for (let last = this.#declared.at(-1); last !== undefined && last.depth >= depth; last = this.#declared.at(-1)) {
      this.#bindings.get(last.prefix)!.pop();
      this.#declared.pop();
    }
  }
}
