import type { CallExpression, Evaluate } from './environment-calls.ts'
import {
  isSecretName,
  type PythonArguments,
  type PythonScope,
  type PythonValue,
  saidAt,
  unknown,
} from './python-value.ts'

/** What a call is made with. What is spread from a dict that is known is part of it. */
export function argumentsOf(call: CallExpression, scope: PythonScope, evaluate: Evaluate): PythonArguments {
  const keywords = new Map<string, PythonValue>()
  let rest: PythonValue | null = null
  for (const spread of call.spreads) {
    const value = evaluate(spread, scope)
    if (value.type === 'dict') for (const [name, each] of value.entries) keywords.set(name, each)
    const open = value.type === 'dict' ? value.rest : notRead(value, unknown(scope, spread.line))
    if (open !== undefined) rest = saidAt(open, scope, spread.line)
  }
  for (const [name, value] of call.keywords)
    keywords.set(
      name,
      isSecretName(name) ? { type: 'secret' } : saidAt(evaluate(value, scope), scope, value.line),
    )
  const positional = call.positional.flatMap((each) => {
    const value = evaluate(each.type === 'starred' ? each.value : each, scope)
    return each.type !== 'starred'
      ? [value]
      : value.type === 'sequence'
        ? value.items
        : [unknown(scope, each.line)]
  })
  return { positional, keywords, rest }
}

/** The unknown or secret that a value is, in place of a new unknown: it says better what is missing. */
export function notRead(value: PythonValue, open: PythonValue): PythonValue {
  return value.type === 'unknown' || value.type === 'secret' ? value : open
}
