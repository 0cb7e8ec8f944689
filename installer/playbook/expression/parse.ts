import { ExpressionError, type Token, tokensOf } from './tokens.ts';

/** A condition as a tree; made by `parseExpression`, judged by `evaluate`. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'path'; readonly name: string }
  | { readonly kind: 'not'; readonly inner: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'compare'; readonly sign: Sign; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'defined'; readonly name: string };

export type Sign = '==' | '!=' | '<' | '<=' | '>' | '>=';

const signs = new Set<string>(['==', '!=', '<', '<=', '>', '>=']);
const words = new Set(['and', 'or', 'not', 'in', 'is', 'defined', 'true', 'false']);

/**
 * The language of `when`: paths into the variables (`host.cgroupVersion`), 'texts', numbers, true, false, [lists],
 * == != < <= > >=, in, not in, is defined, is not defined, not, and, or, brackets. Nothing can be called or assigned.
 */
export function parseExpression(source: string): Expression {
  const parser = new Parser(tokensOf(source));
  const expression = parser.either();
  parser.end();
  return expression;
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  either(): Expression {
    let left = this.#both();
    while (this.#take('or')) left = { kind: 'or', left, right: this.#both() };
    return left;
  }

  end(): void {
    if (this.#position < this.#tokens.length) throw this.#unexpected();
  }

  #both(): Expression {
    let left = this.#negation();
    while (this.#take('and')) left = { kind: 'and', left, right: this.#negation() };
    return left;
  }

  #negation(): Expression {
    return this.#take('not') ? { kind: 'not', inner: this.#negation() } : this.#comparison();
  }

  #comparison(): Expression {
    const left = this.#value();
    const sign = this.#peek();
    if (sign?.kind === 'sign' && signs.has(sign.value)) {
      this.#position += 1;
      return { kind: 'compare', sign: sign.value as Sign, left, right: this.#value() };
    }
    if (this.#take('in')) return { kind: 'in', left, right: this.#value() };
    if (this.#take('not')) {
      this.#need('in');
      return { kind: 'not', inner: { kind: 'in', left, right: this.#value() } };
    }
    return this.#take('is') ? this.#definedness(left) : left;
  }

  #definedness(left: Expression): Expression {
    if (left.kind !== 'path') throw new ExpressionError('"is defined" asks for a variable before it');
    const negative = this.#take('not');
    this.#need('defined');
    const defined: Expression = { kind: 'defined', name: left.name };
    return negative ? { kind: 'not', inner: defined } : defined;
  }

  #value(): Expression {
    const token = this.#peek();
    if (token === undefined) throw this.#unexpected();
    if (this.#take('(')) {
      const inner = this.either();
      this.#need(')');
      return inner;
    }
    if (this.#take('[')) return this.#list();
    if (token.kind === 'text' || token.kind === 'number') {
      this.#position += 1;
      return { kind: 'literal', value: token.value };
    }
    if (this.#take('true')) return { kind: 'literal', value: true };
    if (this.#take('false')) return { kind: 'literal', value: false };
    if (token.kind !== 'name' || words.has(token.value)) throw this.#unexpected();
    this.#position += 1;
    return { kind: 'path', name: token.value };
  }

  #list(): Expression {
    const items: Expression[] = [];
    while (!this.#take(']')) {
      if (items.length > 0) this.#need(',');
      items.push(this.#value());
    }
    return { kind: 'list', items };
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#position];
  }

  #take(word: string): boolean {
    const token = this.#peek();
    if (token === undefined || token.kind === 'text' || token.value !== word) return false;
    this.#position += 1;
    return true;
  }

  #need(word: string): void {
    if (!this.#take(word)) throw this.#unexpected(`where "${word}" should stand`);
  }

  #unexpected(place = ''): ExpressionError {
    const token = this.#peek();
    const found = token === undefined ? 'it ends' : `"${token.value}" stands`;
    return new ExpressionError(`${found} ${place || 'where a value should stand'}`);
  }
}
