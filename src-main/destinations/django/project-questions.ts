import type { DjangoQuestion } from '../../../src-preload/contract/django.ts'
import { evaluate } from './evaluate.ts'
import { dottedName } from './module-names.ts'
import { parsePython } from './python-module.ts'
import { PythonSyntaxError } from './python-tokens.ts'
import {
  isSecretName,
  plain,
  type PythonPlace,
  type PythonScope,
  type PythonValue,
  type PythonWorld,
  saidAt,
  unknown,
} from './python-value.ts'
import { nameOfBase, storageSettings } from './storage-facts.ts'

/** A text as Python would have it: what is written as a constant, or as a dict of constants, is one. */
export function asPython(text: string): PythonValue {
  if (text.trim().startsWith('{')) return evaluateText(text) ?? plain(text)
  return plain(text === 'True' ? true : text === 'False' ? false : text === 'None' ? null : text)
}

/** What a dict that a person has written comes to; null for what is none. */
function evaluateText(text: string): PythonValue | null {
  const world: PythonWorld = {
    environment: () => null,
    variables: new Map(),
    prefix: '',
    environmentFile: () => null,
    answered: () => null,
    settings: () => null,
    tookDefault: () => {},
    notFollowed: () => {},
  }
  try {
    const [statement] = parsePython(text)
    if (statement?.type !== 'expression') return null
    const value = evaluate(statement.value, { file: '', names: new Map(), world })
    return value.type === 'dict' ? value : null
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error
    return null
  }
}

/**
 * Asks what a line sets that is not read, and until that is answered, with a dict, leaves open what it may be: all that
 * its module names so far, and every setting of django-storages.
 */
export function leaveOpen(
  scope: PythonScope,
  line: number,
  answers: Readonly<Record<string, string>>,
  questions: Map<string, DjangoQuestion>,
): void {
  const name = `${dottedName(scope.file)
    .replace(/[^\w.]/g, '_')
    .replace(/^(?![A-Za-z_])/, '_')}.line_${line}`.slice(-200)
  const answer = Object.hasOwn(answers, name) ? evaluateText(answers[name] ?? '') : null
  if (answer?.type === 'dict') {
    for (const [setting, value] of answer.entries)
      scope.names.set(setting, isSecretName(setting) ? { type: 'secret' } : saidAt(value, scope, line))
    return
  }
  questions.set(name, {
    name,
    file: scope.file,
    line,
    variable: null,
    text: 'What does this line set of AWS_…, STORAGES and the like? That is not read. Answer as a dict, {"AWS_LOCATION": "media"}, or {} for nothing.',
  })
  const open = saidAt(unknown(scope, line, 'line'), scope, line)
  for (const [setting, { type }] of scope.names)
    if (
      /^[A-Z]/.test(setting) &&
      !/STORAGES?$/.test(setting) &&
      ['plain', 'path', 'dict', 'sequence', 'unknown'].includes(type)
    )
      scope.names.set(setting, open)
  for (const setting of Object.values(storageSettings)) scope.names.set(setting, open)
}

/** Notes a question, once, if a value is not known. */
export function ask(
  questions: Map<string, DjangoQuestion>,
  name: string,
  value: PythonValue,
  settings: PythonScope,
): void {
  if (['plain', 'path', 'dict', 'sequence'].includes(value.type)) return
  const at = value.at ?? { file: settings.file, line: 0 }
  const { file, line, variable, reason } =
    value.type === 'unknown'
      ? value.why
      : {
          ...at,
          variable: null,
          reason: value.type === 'secret' ? ('secret' as const) : ('expression' as const),
        }
  // The line itself is asked.
  if (reason === 'line') return
  if (value.type === 'unknown' && value.why.base !== undefined) {
    askBase(questions, name, value.why.base, value.why)
    return
  }
  const text = {
    environment: `What is ${variable ?? 'the variable'}? ${name} comes from that environment variable.`,
    base: `What is ${name}? A class of another package may say it.`,
    condition: `What is ${name}? It depends on a condition that the project’s files do not decide.`,
    expression: `What is ${name}? It is computed in a way that is not read.`,
    secret: `What is ${name}? It is made of a value that looks like a secret, and those are not read.`,
  }[reason]
  // One answer about a variable is enough, however many settings come from it.
  const key = variable === null ? `${name} ${file} ${line}` : variable
  if (questions.has(key)) return
  questions.set(key, {
    name: name.slice(0, 400),
    file,
    line,
    variable: variable === null ? null : variable.slice(0, 200),
    text: text.slice(0, 1000),
  })
}

/** What is asked of each class of another package. */
const askedOfBases = new WeakMap<DjangoQuestion, readonly string[]>()

/** Asks once what a class of another package says of a storage, and names what matters of it. */
function askBase(
  questions: Map<string, DjangoQuestion>,
  name: string,
  base: string,
  { file, line }: PythonPlace,
): void {
  const dot = name.lastIndexOf('.')
  const key = nameOfBase(name.slice(0, dot), base).slice(0, 400)
  const before = questions.get(key)
  const attribute = name.slice(dot + 1)
  const attributes = [...((before && askedOfBases.get(before)) ?? [])]
  if (!attributes.includes(attribute)) attributes.push(attribute)
  const question: DjangoQuestion = {
    name: key,
    file,
    line,
    variable: null,
    text: `What does ${base.slice(0, 200)} set of ${attributes.join(', ')}? It is not in this folder. Answer as a dict, {"location": "media"}, or {} for nothing.`,
  }
  askedOfBases.set(question, attributes)
  questions.set(key, question)
}
