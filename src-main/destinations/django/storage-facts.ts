import { evaluate } from './evaluate.ts'
import type { PythonExpression, PythonStatement } from './python-tree.ts'
import {
  plain,
  type PythonClass,
  type PythonScope,
  type PythonValue,
  saidAt,
  unknown,
} from './python-value.ts'

/** The storages of django-storages that keep files in S3, by the last part of their name. */
const s3Classes = new Set([
  'S3Boto3Storage',
  'S3Storage',
  'S3StaticStorage',
  'S3ManifestStaticStorage',
  'S3BotoStorage',
])

/** What a storage of django-storages can be told, and the setting that it takes from where it is not told. */
export const storageSettings = {
  bucket_name: 'AWS_STORAGE_BUCKET_NAME',
  location: 'AWS_LOCATION',
  default_acl: 'AWS_DEFAULT_ACL',
  file_overwrite: 'AWS_S3_FILE_OVERWRITE',
  custom_domain: 'AWS_S3_CUSTOM_DOMAIN',
  object_parameters: 'AWS_S3_OBJECT_PARAMETERS',
  querystring_auth: 'AWS_QUERYSTRING_AUTH',
  querystring_expire: 'AWS_QUERYSTRING_EXPIRE',
  url_protocol: 'AWS_S3_URL_PROTOCOL',
  endpoint_url: 'AWS_S3_ENDPOINT_URL',
  region_name: 'AWS_S3_REGION_NAME',
  addressing_style: 'AWS_S3_ADDRESSING_STYLE',
  gzip: 'AWS_IS_GZIPPED',
  cloudfront_key_id: 'AWS_CLOUDFRONT_KEY_ID',
} as const

/** A name of {@link storageSettings}. */
export type StorageSetting = keyof typeof storageSettings

/** django-storages' own defaults, for what neither the storage nor the settings say. */
const defaults: Readonly<Record<StorageSetting, string | number | boolean | null>> = {
  bucket_name: null,
  location: '',
  default_acl: null,
  file_overwrite: true,
  custom_domain: null,
  object_parameters: null,
  querystring_auth: true,
  querystring_expire: 3600,
  url_protocol: 'https:',
  endpoint_url: null,
  region_name: null,
  addressing_style: null,
  gzip: false,
  cloudfront_key_id: null,
}

/** A storage that keeps files in S3. */
export interface S3StorageFacts {
  /** The dotted name of its class. */
  readonly dotted: string
  /** The last part of it. */
  readonly name: string
  /** Whether it is made for static files, and whether it gives them names with digests. */
  readonly isStatic: boolean
  readonly isManifest: boolean
  /** What holds for it, whether that was said or is a default, and by what: an attribute or option, or a setting. */
  setting(name: StorageSetting): {
    readonly value: PythonValue
    readonly isDefault: boolean
    readonly said: string
  }
}

/** Whether a class of another package is one of django-storages for S3. */
function isS3Class(dotted: string): boolean {
  return (
    /^storages\.backends\.s3(boto3?)?\.\w+$/.test(dotted) && s3Classes.has(dotted.split('.').at(-1) ?? '')
  )
}

/**
 * What a storage comes to: a class with what it and the classes that it is made from say, the arguments it is called
 * with (`options`), and the settings for the rest. Null when it does not keep its files in S3.
 */
export function readStorage(
  storage: PythonValue,
  options: ReadonlyMap<string, PythonValue>,
  settings: ReadonlyMap<string, PythonValue>,
  answered: (name: string) => PythonValue | null = () => null,
): S3StorageFacts | null {
  let target = storage
  let given = options
  if (target.type === 'lambda') target = evaluate(target.body, target.scope)
  if (target.type === 'instance') {
    const { call, scope } = target
    given = new Map([...keywordsOf(call, scope), ...given])
    target = target.of
  }
  const own = new Map<string, PythonValue>()
  const backends = new Set<string>()
  collect(target, own, backends, new Set())
  const [backend] = [...backends].filter(isS3Class)
  if (backend === undefined) return null
  const dotted = target.type === 'class' ? target.class.dotted : backend
  const name = dotted.split('.').at(-1) ?? dotted
  const kinds = [...backends].map((each) => each.split('.').at(-1) ?? '')
  return {
    dotted,
    name,
    isStatic: kinds.some((kind) => /Static/.test(kind)) || /static/i.test(name),
    isManifest: kinds.some((kind) => /Manifest/.test(kind)),
    setting(setting) {
      const its = given.get(setting) ?? own.get(setting)
      if (its !== undefined) return saying(setting, its, `${name}.${setting}`)
      // These two ask for no signature whatever the settings say.
      if (setting === 'querystring_auth' && kinds.some((kind) => /^S3(Manifest)?StaticStorage$/.test(kind)))
        return { value: plain(false), isDefault: false, said: name }
      const said = storageSettings[setting]
      const general = settings.get(said)
      return general === undefined
        ? { value: plain(defaults[setting]), isDefault: true, said }
        : saying(setting, general, said)
    },
  }

  function saying(setting: StorageSetting, value: PythonValue, said: string) {
    const what = told(setting, value)
    const answer = what.type === 'unknown' ? answered(said) : null
    return {
      value: answer === null ? what : { ...answer, ...(value.at ? { at: value.at } : {}) },
      isDefault: false,
      said,
    }
  }
}

/** A value such as a setting can have; what else it is (something of another package, a call, a list) tells nothing. */
function told(setting: StorageSetting, value: PythonValue): PythonValue {
  if (['plain', 'unknown', 'secret'].includes(value.type)) return value
  if (value.type === (setting === 'object_parameters' ? 'dict' : 'path')) return value
  const place = value.at ?? { file: '', line: 0 }
  return { ...unknown(place, place.line), ...(value.at ? { at: value.at } : {}) }
}

function keywordsOf(
  call: Extract<PythonExpression, { type: 'call' }>,
  scope: PythonScope,
): Map<string, PythonValue> {
  return new Map(
    [...call.keywords].map(([name, value]) => [name, saidAt(evaluate(value, scope), scope, value.line)]),
  )
}

/** Gathers the attributes of a class and its bases, the nearest deciding, and the names of the bases elsewhere. */
function collect(
  value: PythonValue,
  own: Map<string, PythonValue>,
  backends: Set<string>,
  seen: Set<PythonClass>,
): void {
  if (value.type === 'reference') {
    backends.add(value.dotted)
    return
  }
  if (value.type !== 'class' || seen.has(value.class)) return
  seen.add(value.class)
  const { body, scope, bases } = value.class
  const here = new Map<string, PythonValue>()
  // What the class body says may be used further down in it.
  const inner: PythonScope = { ...scope, names: new Map(scope.names) }
  for (const statement of body) readAttribute(statement, inner, here)
  for (const [name, attribute] of here) if (!own.has(name)) own.set(name, attribute)
  for (const base of bases) collect(base, own, backends, seen)
}

function readAttribute(statement: PythonStatement, scope: PythonScope, into: Map<string, PythonValue>): void {
  if (statement.type === 'assign' && statement.operator === '=') {
    for (const target of statement.targets)
      if (target.type === 'name') {
        const value = saidAt(evaluate(statement.value, scope), scope, target.line)
        into.set(target.name, value)
        scope.names.set(target.name, value)
      }
  } else if (statement.type === 'function') {
    if (statement.name === '__init__') readInitializer(statement.body, scope, into)
    // A property of that name is computed when it is asked for.
    else if (Object.hasOwn(storageSettings, statement.name))
      into.set(statement.name, saidAt(unknown(scope, statement.line), scope, statement.line))
  }
}

/**
 * `self.location = …`, `kwargs['location'] = …`, `kwargs.setdefault('location', …)` and `super().__init__(location=…)` say
 * it, too. What is said under a condition is not known.
 */
function readInitializer(
  body: readonly PythonStatement[],
  scope: PythonScope,
  into: Map<string, PythonValue>,
): void {
  const say = (name: string, value: PythonExpression, line = value.line) =>
    into.set(name, saidAt(evaluate(value, scope), scope, line))
  for (const statement of body) {
    if (statement.type === 'assign')
      for (const target of statement.targets) {
        if (target.type === 'attribute' && target.object.type === 'name' && target.object.name === 'self')
          say(target.name, statement.value, target.line)
        if (target.type === 'subscript' && target.index.type === 'constant')
          say(String(target.index.value), statement.value, target.line)
      }
    else if (statement.type === 'block') readInitializer(statement.body, scope, into)
    else if (statement.type === 'if' || statement.type === 'perhaps') {
      const perhaps = new Map<string, PythonValue>()
      const bodies =
        statement.type === 'if' ? statement.branches.map((branch) => branch.body) : [statement.body]
      for (const each of bodies) readInitializer(each, scope, perhaps)
      for (const name of perhaps.keys())
        into.set(name, saidAt(unknown(scope, statement.line, 'condition'), scope, statement.line))
    } else if (statement.type === 'expression' && statement.value.type === 'call')
      readArguments(statement.value, scope, into)
  }
}

/** What a call within an initializer says of the arguments that the storage is made with. */
function readArguments(
  call: Extract<PythonExpression, { type: 'call' }>,
  scope: PythonScope,
  into: Map<string, PythonValue>,
): void {
  const { callee, positional } = call
  if (callee.type !== 'attribute') return
  const [first, second] = positional
  const isOfName = callee.object.type === 'name'
  if (callee.name === 'setdefault' && isOfName && first?.type === 'constant' && second !== undefined) {
    const name = String(first.value)
    if (!into.has(name)) into.set(name, saidAt(evaluate(second, scope), scope, second.line))
    return
  }
  if (callee.name !== '__init__' && !(callee.name === 'update' && isOfName)) return
  const more = callee.name === 'update' && first !== undefined ? evaluate(first, scope) : null
  if (more?.type === 'dict') for (const [name, value] of more.entries) into.set(name, value)
  for (const [name, value] of keywordsOf(call, scope)) into.set(name, value)
}
