import { type Ancestor, linearized, ownAttribute } from './class-attributes.ts'
import {
  plain,
  type PythonArguments,
  type PythonFunction,
  type PythonPlace,
  type PythonValue,
  saidAt,
  unknown,
} from './python-value.ts'
import { enterFunction, newLimits } from './run-function.ts'

/** What a storage is when it has been made. */
export interface MadeStorage {
  /** What holds for it; null when nothing was said. */
  attribute(name: string): PythonValue | null
  /** The methods of its own, by name, and where they stand. */
  readonly methods: ReadonlyMap<string, PythonPlace>
}

/** What a storage of django-storages gives its attributes by default, or by the settings. */
export type DefaultSettings = ReadonlyMap<string, PythonValue>

/** Methods that calls lead to in django-storages itself. */
const knownMethods = new Set(['__init__', 'get_default_settings', 'get_object_parameters'])

/** Methods by which a storage may go other ways than its attributes say. */
const tellingMethods = [
  'url',
  '_save',
  '_normalize_name',
  '_get_write_parameters',
  'get_object_parameters',
  'get_available_name',
  'get_alternative_name',
  'get_valid_name',
  'generate_filename',
  'exists',
]

/**
 * Makes a storage as django-storages does, as far as the text tells: `__init__` and `get_default_settings` of the class
 * and of those that it is made from are read in the order of Python; what a class says goes before the defaults, and
 * what the initializer is given (`options`) before both. What a class of another package says is what `saidOf` has of it, a
 * dict; without one it may be anything.
 */
export function makeStorage(
  target: Ancestor,
  options: Omit<PythonArguments, 'positional'>,
  defaults: DefaultSettings,
  saidOf: (dotted: string) => PythonValue | null = () => null,
): MadeStorage {
  const order = linearized(target)
  const limits = newLimits()
  let depth = 0
  const attributes = new Map<string, PythonValue>()

  /** What the classes have of a name, from a place in their order on. */
  function inherited(name: string, from: number): { value: PythonValue; index: number } | null {
    for (let index = from; index < order.length; index += 1) {
      const each = order[index]!
      const value =
        each.type === 'class'
          ? ownAttribute(each.class, name)
          : (ofPackage(each.dotted, name) ?? ofStranger(each.dotted, name))
      if (value !== null) return { value, index }
    }
    return null
  }

  /** What a class says that is not in the project: it may say anything. */
  function ofStranger(dotted: string, name: string): PythonValue | null {
    if (!defaults.has(name) || !isStranger(dotted)) return null
    const said = saidOf(dotted)
    if (said?.type === 'dict') return said.entries.get(name) ?? said.rest ?? null
    const at = order.findLast(
      (each) =>
        each.type === 'class' &&
        each.class.bases.some((base) => base.type === 'reference' && base.dotted === dotted),
    )
    const place = at?.type === 'class' ? at.class : { file: '', line: 0 }
    const { file, line } = place
    const why = { reason: 'base', variable: null, file, line, base: dotted } as const
    return saidAt({ type: 'unknown', why }, place, line)
  }

  function method(name: string, from: number): { found: PythonFunction; index: number } | null {
    const attribute = inherited(name, from)
    return attribute?.value.type === 'function'
      ? { found: attribute.value.function, index: attribute.index }
      : null
  }

  function call(name: string, from: number, given: PythonArguments, line: number): PythonValue {
    const open = () => unknown({ file: fileOf(order) }, line)
    const found = method(name, from)
    if (found === null) return builtIn(name, given) ?? open()
    if (depth > 30) return open()
    depth += 1
    try {
      const own = { ...given, positional: [self, ...given.positional] }
      return enterFunction(found.found, own, new Map([['super', superOf(found.index)]]), limits)
    } finally {
      depth -= 1
    }
  }

  /** `super`, in a method of the class at a place in the order. */
  function superOf(index: number): PythonValue {
    const next: PythonValue = {
      type: 'object',
      attributes: new Map(),
      inherited: (name, line) => attributeFrom(name, index + 1, line),
    }
    return { type: 'native', call: () => next }
  }

  function attributeFrom(name: string, from: number, line: number): PythonValue | null {
    const found = inherited(name, from)
    if (found === null && !knownMethods.has(name)) return null
    if (found !== null && found.value.type !== 'function') return ofProperty(found.value) ?? found.value
    const getter = method(name, from)?.found
    if (getter?.decorators.some((each) => /(^|\.)(cached_)?property$/.test(each))) {
      const value = call(name, from, { positional: [], keywords: new Map(), rest: null }, line)
      return value.at === undefined ? saidAt(value, getter.scope, getter.line) : value
    }
    return { type: 'native', call: (given, at) => call(name, from, given, at) }
  }

  /** What `property(lambda self: …)` gives; null for everything else. */
  function ofProperty(value: PythonValue): PythonValue | null {
    if (value.type !== 'instance' || value.of.type !== 'reference' || value.of.dotted !== 'property')
      return null
    const { line } = value.call
    return saidAt(unknown(value.scope, line), value.scope, line)
  }

  const self: PythonValue = {
    type: 'object',
    attributes,
    inherited: (name, line) => attributeFrom(name, 0, line),
    methodOf(owner, name, given, line) {
      const index = order.findIndex(
        (each) =>
          (each.type === 'class' && owner.type === 'class' && each.class === owner.class) ||
          (each.type === 'reference' && owner.type === 'reference' && each.dotted === owner.dotted),
      )
      return index === -1 ? null : call(name, index, given, line)
    },
  }

  function builtIn(name: string, given: PythonArguments): PythonValue | null {
    switch (name) {
      case '__init__':
        initialize(given)
        return plain(null)
      case 'get_default_settings':
        return { type: 'dict', entries: new Map(defaults) }
      case 'get_object_parameters': {
        const value = attribute('object_parameters')
        if (value?.type === 'dict') return { ...value, entries: new Map(value.entries) }
        return value === null || value.type === 'plain' ? { type: 'dict', entries: new Map() } : value
      }
      default:
        return null
    }
  }

  /** As the initializer of django-storages: what the class has is kept, and what it is given decides. */
  function initialize({ keywords, rest }: PythonArguments): void {
    const found = call('get_default_settings', 0, { positional: [], keywords: new Map(), rest: null }, 0)
    for (const name of defaults.keys()) {
      const byDefault = found.type === 'dict' ? (found.entries.get(name) ?? found.rest) : found
      if (byDefault !== undefined && !attributes.has(name) && inherited(name, 0) === null)
        attributes.set(name, byDefault)
      const given = keywords.get(name) ?? rest
      if (given !== null) attributes.set(name, given)
    }
  }

  function attribute(name: string): PythonValue | null {
    return attributes.get(name) ?? attributeFrom(name, 0, 0)
  }

  call('__init__', 0, { positional: [], ...options }, 0)
  const methods = new Map<string, PythonPlace>()
  for (const name of tellingMethods) {
    const found = method(name, 0)
    if (found !== null) methods.set(name, { file: found.found.scope.file, line: found.found.line })
  }
  // What a method says of the parameters is what is sent.
  if (methods.has('get_object_parameters')) {
    const { file, line } = methods.get('get_object_parameters')!
    const name = unknown({ file }, line)
    const sent = call(
      'get_object_parameters',
      0,
      { positional: [name], keywords: new Map(), rest: null },
      line,
    )
    attributes.set('object_parameters', saidAt(sent, { file }, line))
  }
  return { attribute, methods }
}

/** The file of the class itself, for what is not known of it. */
function fileOf(order: readonly Ancestor[]): string {
  const [first] = order
  return first?.type === 'class' ? first.class.file : ''
}

/** Packages whose classes say nothing of what a storage of django-storages is told. */
const known = /^(storages|django|object$|abc|typing|enum|whitenoise|compressor|pipeline)\b/

/** Whether it is not known what a class of another package has. */
export function isStranger(dotted: string): boolean {
  return !known.test(dotted)
}

/** What classes of django-storages have of a name: the static ones ask for no signature, whatever the settings say. */
function ofPackage(dotted: string, name: string): PythonValue | null {
  return name === 'querystring_auth' && /\.S3(Manifest)?StaticStorage$/.test(dotted) ? plain(false) : null
}
