import { cast, variableOf } from './environment-calls.ts'
import {
  isSecretName,
  plain,
  type PythonScope,
  type PythonValue,
  saidAt,
  textOf,
  truth,
  unknown,
} from './python-value.ts'

type Instance = Extract<PythonValue, { type: 'instance' }>

/** Kinds of values of django-configurations that are read, and as what they take a variable. */
const kinds: Readonly<Record<string, 'str' | 'bool' | 'int' | 'float' | 'list' | 'default' | 'secret'>> = {
  Value: 'str',
  URLValue: 'str',
  EmailValue: 'str',
  IPValue: 'str',
  RegexValue: 'str',
  BooleanValue: 'bool',
  IntegerValue: 'int',
  PositiveIntegerValue: 'int',
  FloatValue: 'float',
  ListValue: 'list',
  TupleValue: 'list',
  BackendsValue: 'list',
  DictValue: 'default',
  SecretValue: 'secret',
}

/** The kind of a value of django-configurations; null for anything else. */
function kindOf(value: PythonValue): string | null {
  if (value.type !== 'instance' || value.of.type !== 'reference') return null
  return /^configurations\.values\.(\w+)$/.exec(value.of.dotted)?.[1] ?? null
}

/** Whether something is a value of django-configurations, as an attribute of a class has it until that is set up. */
export function isConfigurationValue(value: PythonValue): value is Instance {
  return kindOf(value) !== null
}

/** The arguments of a value, in their order. */
const parameters = ['default', 'environ', 'environ_name', 'environ_prefix'] as const

function givenTo({ given }: Instance, name: (typeof parameters)[number]): PythonValue | null {
  return given.positional[parameters.indexOf(name)] ?? given.keywords.get(name) ?? null
}

/**
 * Whether a value has become what it comes to as soon as it was written: with a name for its variable, or without any
 * variable. `late_binding` puts that off.
 */
export function isBoundEarly(value: Instance): boolean {
  if (value.given.rest !== null || value.given.keywords.has('late_binding')) return false
  const given = (name: (typeof parameters)[number]) => givenTo(value, name)
  const environ = given('environ')
  if (environ !== null && truth(environ) === false) return truth(given('default') ?? plain(null)) === true
  const name = given('environ_name')
  return name !== null && truth(name) === true
}

/**
 * What a value of django-configurations comes to under a setting's name: the variable `DJANGO_…`, else its default. Of one
 * that is bound early, `isFileLater` tells that the class reads a file of variables only afterwards.
 */
export function configurationValue(
  value: Instance,
  setting: string,
  scope: PythonScope,
  isFileLater: boolean,
): PythonValue {
  const { line } = value.call
  const at = value.at ?? { file: value.scope.file, line }
  const said = (found: PythonValue) => saidAt(found, at, at.line)
  const open = said(unknown(at, at.line))
  const kind = kinds[kindOf(value) ?? '']
  if (kind === 'secret') return { type: 'secret' }
  if (kind === undefined || value.given.rest !== null) return open
  const given = (name: (typeof parameters)[number]) => givenTo(value, name)
  const fallback = given('default')
  const environ = truth(given('environ') ?? plain(true))
  if (environ === null) return open
  if (!environ) return said(fallback ?? plain(null))
  const own = given('environ_name')
  const prefixed = given('environ_prefix') ?? plain('DJANGO')
  const prefix = truth(prefixed) === false ? '' : textOf(prefixed)
  const name = own === null || truth(own) === false ? setting : textOf(own)
  if (prefix === null || name === null) return open
  const variable = prefix === '' ? name : `${prefix.replace(/_$/, '')}_${name}`
  if (isSecretName(variable)) return { type: 'secret' }
  const found = variableOf(variable, scope, at.line)
  const asked = said(unknown(at, at.line, 'environment', variable))
  if (found !== null) {
    if (isFileLater && isBoundEarly(value)) return asked
    if (kind === 'default') return open
    if (kind !== 'list') return said(cast(found, kind, open))
    const text = textOf(found)
    const isUsual = !['separator', 'converter'].some((name) => value.given.keywords.has(name))
    return text === null || !isUsual ? open : said(listOf(text))
  }
  // Nothing says what it is: the default holds, where there is one.
  if (fallback === null || truth(fallback) === null) return asked
  scope.world.tookDefault(variable, { ...scope, file: at.file }, at.line)
  return said(fallback)
}

/** A text as a list: its parts between commas. */
function listOf(text: string): PythonValue {
  const items = text.split(',').flatMap((each) => (each.trim() === '' ? [] : [plain(each.trim())]))
  return { type: 'sequence', items }
}
