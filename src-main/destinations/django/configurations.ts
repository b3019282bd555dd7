import { classAttribute, linearized, ownAttribute } from './class-attributes.ts'
import { configurationValue, isBoundEarly, isConfigurationValue } from './configuration-values.ts'
import { takeVariables } from './environment-calls.ts'
import { entryAt } from './dict-values.ts'
import {
  type PythonArguments,
  type PythonClass,
  type PythonFunction,
  type PythonScope,
  type PythonValue,
  textOf,
  truth,
  unknown,
} from './python-value.ts'
import { enterFunction, newLimits } from './run-function.ts'
import { setName } from './run-statements.ts'

/** The variable that says which class of django-configurations a site has its settings from. */
export const configurationVariable = 'DJANGO_CONFIGURATION'

/** The classes of django-configurations among the names of a module, and those of them that no other is made from. */
export function findConfigurations(settings: PythonScope): {
  readonly all: readonly PythonClass[]
  readonly last: readonly PythonClass[]
} {
  const named = [...settings.names.values()].flatMap((value) =>
    value.type === 'class' && isConfiguration(value.class) ? [value.class] : [],
  )
  const all = [...new Set(named)]
  const bases = new Set(
    all.flatMap((each) => linearized({ type: 'class', class: each }).slice(1)).map(classOf),
  )
  return { all, last: all.filter((each) => !bases.has(each)) }
}

function classOf(value: PythonValue): PythonClass | null {
  return value.type === 'class' ? value.class : null
}

/** Whether a class of another package is the one that all configurations are made from. */
function isConfigurationBase(value: PythonValue): boolean {
  return value.type === 'reference' && /^configurations\.(\w+\.)*Configuration$/.test(value.dotted)
}

function isConfiguration(found: PythonClass): boolean {
  return linearized({ type: 'class', class: found }).some(isConfigurationBase)
}

/** What a class says, and which class it is that says it. */
interface Attribute {
  readonly value: PythonValue
  readonly owner: PythonClass
}

/** As django-configurations has it: capital letters, and no `_` at the beginning. */
function isSetting(name: string): boolean {
  return name === name.toUpperCase() && !name.startsWith('_')
}

/**
 * What a class has of settings. A configuration has every setting of those that it is made from as one of its own, the
 * first of them deciding, and each of those has all of Django's own defaults.
 */
function settingsOf(found: PythonClass, depth = 0): Map<string, Attribute> {
  const all = new Map<string, Attribute>()
  if (depth > 30) return all
  const own = (each: PythonClass) => {
    for (const name of new Set([...each.body().keys(), ...each.later.keys()]))
      if (isSetting(name)) all.set(name, { value: ownAttribute(each, name)!, owner: each })
  }
  if (!isConfiguration(found)) {
    for (const each of linearized({ type: 'class', class: found }).toReversed())
      if (each.type === 'class') own(each.class)
    return all
  }
  for (const base of found.bases.toReversed()) {
    const inherited = base.type === 'class' ? settingsOf(base.class, depth + 1) : new Map<string, Attribute>()
    // Which settings Django has itself depends on its version; those of django-storages are none of them.
    if (isConfigurationBase(base) || (base.type === 'class' && isConfiguration(base.class)))
      for (const [name, { owner }] of all)
        if (!inherited.has(name) && !name.startsWith('AWS_'))
          all.set(name, { value: unknown(found, found.line, 'condition'), owner })
    for (const [name, attribute] of inherited) all.set(name, attribute)
  }
  own(found)
  return all
}

/**
 * Gives a module the settings of one of its classes, as django-configurations does: what the class and those that it is made
 * from say, with values from the environment, and what its properties and methods give. What is not read of it (what its
 * `pre_setup` does, a base of another package) is asked as a whole.
 */
export function takeConfiguration(found: PythonClass, settings: PythonScope): void {
  const all = settingsOf(found)
  const limits = newLimits()
  const known = new Map<string, PythonValue>()
  const dotEnv = all.get('DOTENV')?.value
  const hasFile = dotEnv !== undefined && truth(dotEnv) !== false
  if (hasFile) takeVariables(textOf(dotEnv), settings, found.line, false)

  const enter = (called: PythonFunction, owner: PythonClass, given: PythonArguments) =>
    enterFunction(
      called,
      { ...given, positional: [self, ...given.positional] },
      new Map([['super', superOf(owner)]]),
      limits,
    )

  /** A setting as the site has it. */
  function settled(name: string, { value, owner }: Attribute): PythonValue {
    const before = known.get(name)
    if (before !== undefined) return before
    const place = value.at ?? { file: owner.file, line: owner.line }
    // What asks for itself is not known.
    known.set(name, unknown(place, place.line))
    const came = comesTo(name, value, owner)
    const became = came.type === 'unknown' ? (settings.world.answered(name) ?? came) : came
    known.set(name, became)
    return became
  }

  function comesTo(name: string, value: PythonValue, owner: PythonClass): PythonValue {
    const place = value.at ?? { file: owner.file, line: owner.line }
    if (isConfigurationValue(value)) return configurationValue(value, name, settings, hasFile)
    if (value.type === 'function') {
      const { function: called } = value
      // Settings that can be called are called.
      const isRead = called.decorators.every((each) => /(^|\.)(cached_)?property$/.test(each))
      const given = isRead ? enter(called, owner, none) : unknown(called.scope, called.line)
      return given.at === undefined
        ? { ...inside(given), at: { file: called.scope.file, line: called.line } }
        : inside(given)
    }
    if (value.type === 'lambda' || value.type === 'class' || value.type === 'reference')
      return unknown(place, place.line)
    return inside(value)
  }

  /** A dict or list with what its values come to. Those that wait to be set up stay what they are, which is no text. */
  function inside(value: PythonValue, depth = 0): PythonValue {
    if (isConfigurationValue(value))
      return depth > 0 && isBoundEarly(value)
        ? configurationValue(value, '', settings, hasFile)
        : unknown(value.scope, value.call.line)
    if (depth > 20) return value
    if (value.type === 'sequence')
      return { ...value, items: value.items.map((each) => inside(each, depth + 1)) }
    if (value.type !== 'dict') return value
    const entries = new Map<string, PythonValue>()
    for (const [key, each] of value.entries)
      entries.set(key, entryAt(key, inside(each, depth + 1), each.at ?? settings, each.at?.line ?? 0))
    return { ...value, entries }
  }

  function bound(value: PythonValue, owner: PythonClass, line: number): PythonValue {
    if (value.type !== 'function') return value
    const { function: called } = value
    const [decorator] = called.decorators
    if (decorator === undefined) return { type: 'native', call: (given) => enter(called, owner, given) }
    return /(^|\.)(cached_)?property$/.test(decorator) && called.decorators.length === 1
      ? enter(called, owner, none)
      : unknown(called.scope, line)
  }

  const self: PythonValue = {
    type: 'object',
    attributes: new Map(),
    inherited(name, line) {
      const setting = all.get(name)
      if (setting !== undefined)
        return setting.value.type === 'function'
          ? bound(setting.value, setting.owner, line)
          : settled(name, setting)
      const value = classAttribute(found, name)
      return value === null ? null : bound(value, found, line)
    },
  }

  /** `super()` in a method of a class: what the one that it is made from says, where that is one. */
  function superOf(owner: PythonClass): PythonValue {
    const inherited = (name: string, line: number): PythonValue | null => {
      const [base, ...others] = owner.bases
      if (base?.type !== 'class' || others.length > 0) return null
      const attribute = settingsOf(base.class).get(name)
      if (attribute === undefined || isConfigurationValue(attribute.value)) return null
      return attribute.value.type === 'function'
        ? bound(attribute.value, attribute.owner, line)
        : inside(attribute.value)
    }
    return { type: 'native', call: () => ({ type: 'object', attributes: new Map(), inherited }) }
  }

  for (const [name, attribute] of all) {
    const value = settled(name, attribute)
    const { file, line } = value.at ?? { file: attribute.owner.file, line: attribute.owner.line }
    setName(name, value, { ...settings, file }, line)
  }
  for (const { file, line } of unreadOf(found)) settings.world.notFollowed({ ...settings, file }, line)
}

const none: PythonArguments = { positional: [], keywords: new Map(), rest: null }

/** Where something may set more of a configuration than is read of it. */
function unreadOf(found: PythonClass): { readonly file: string; readonly line: number }[] {
  const places = []
  for (const name of ['pre_setup', 'setup', 'post_setup', '__init__', '__getattr__', '__getattribute__']) {
    const value = classAttribute(found, name)
    if (value === null || (value.type === 'function' && isHarmless(value.function))) continue
    const { file, line } =
      value.type === 'function'
        ? { file: value.function.scope.file, line: value.function.line }
        : (value.at ?? found)
    places.push({ file, line })
  }
  const order = linearized({ type: 'class', class: found })
  for (const each of order)
    if (each.type === 'class')
      for (const base of each.class.bases)
        if (
          base.type !== 'class' &&
          !isConfigurationBase(base) &&
          !(base.type === 'reference' && /^(object$|abc\.|typing\.)/.test(base.dotted))
        )
          places.push({ file: each.class.file, line: each.class.line })
  return places
}

/** Whether a method only calls what other packages have, and what it overrides. */
function isHarmless({ body, scope }: PythonFunction): boolean {
  return body.every((statement) => {
    if (statement.type === 'import') return true
    if (statement.type !== 'expression') return false
    let at = statement.value
    if (at.type === 'constant') return true
    if (at.type !== 'call') return false
    while (at.type === 'call' || at.type === 'attribute') at = at.type === 'call' ? at.callee : at.object
    if (at.type !== 'name') return false
    if (at.name === 'super' || at.name === 'print') return true
    const value = scope.names.get(at.name)
    const root =
      value?.type === 'instance' && value.of.type === 'reference'
        ? value.of.dotted
        : value?.type === 'reference'
          ? value.dotted
          : ''
    return /^(logging|sentry_sdk|warnings)\b/.test(root)
  })
}
