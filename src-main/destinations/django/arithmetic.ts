import { isPlainFraction } from './python-tokens.ts'
import { isSame, plain, type PythonValue } from './python-value.ts'

/** As Python compares: True is 1. Null where that depends on what is not known, such as what a call gives. */
export function comparison(left: PythonValue, right: PythonValue): boolean | null {
  if (left.type === 'plain' && right.type === 'plain') {
    const number = ({ value }: typeof left) => (typeof value === 'boolean' ? Number(value) : value)
    return number(left) === number(right)
  }
  const known = new Set(['plain', 'path', 'class', 'function', 'lambda'])
  if (known.has(left.type) && known.has(right.type)) return isSame(left, right)
  // What is in a list or a dict may not be known, and a list is no tuple.
  const isNone = (value: PythonValue) => value.type === 'plain' && value.value === null
  const isCollection = (value: PythonValue) => value.type === 'sequence' || value.type === 'dict'
  return (isNone(left) && isCollection(right)) || (isNone(right) && isCollection(left)) ? false : null
}

/** What `4 + 2` and `4 < 2` come to. Null for what Python writes otherwise: `4 / 2` is `2.0`, and whole numbers have no end. */
export function arithmetic(operator: string, left: unknown, right: unknown): PythonValue | null {
  if (typeof left !== 'number' || typeof right !== 'number') return null
  const result = calculated(operator, left, right)
  const isAsPython =
    typeof result === 'boolean' ||
    (Number.isInteger(left) && Number.isInteger(right) && operator !== '/'
      ? Number.isSafeInteger(result)
      : result !== null && isPlainFraction(result))
  return isAsPython && result !== null ? plain(result) : null
}

function calculated(operator: string, left: number, right: number): number | boolean | null {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return right === 0 ? null : left / right
    case '//':
      return right === 0 ? null : Math.floor(left / right)
    case '<':
      return left < right
    case '>':
      return left > right
    case '<=':
      return left <= right
    case '>=':
      return left >= right
    default:
      return null
  }
}
