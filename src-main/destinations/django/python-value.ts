import type { PythonExpression, PythonParameter, PythonStatement } from './python-tree.ts'

/** Why a value is not known, for the question that asks for it. Never with the source's text: it may hold a secret. */
export interface WhyUnknown {
  /** `line`: what stands there may set it, and is asked as a whole; `base`: a class of another package may say it. */
  readonly reason: 'environment' | 'condition' | 'expression' | 'line' | 'base'
  /** The environment variable that has the value. */
  readonly variable: string | null
  /** Relative to the project, with slashes. */
  readonly file: string
  readonly line: number
  /** The dotted name of the class that may say it, with `base`. */
  readonly base?: string
}

/** A class as it is written. */
export interface PythonClass {
  readonly name: string
  /** The dotted name under which settings refer to it. */
  readonly dotted: string
  readonly bases: readonly PythonValue[]
  /** What its body gives names to. */
  readonly body: () => ReadonlyMap<string, PythonValue>
  /** The attributes that were set from outside, later. */
  readonly later: Map<string, PythonValue>
  readonly file: string
  readonly line: number
}

/** A function as it is written. */
export interface PythonFunction {
  readonly name: string
  readonly parameters: readonly PythonParameter[]
  readonly decorators: readonly string[]
  readonly body: readonly PythonStatement[]
  readonly scope: PythonScope
  readonly line: number
  /** Whether it may change what is outside of it; and whether a call runs its body, and gives what it returns. */
  readonly reaches: boolean
  readonly isFollowed: boolean
  /** Reads it as if it were called from a scope. */
  readonly enter: (given: PythonArguments, caller: PythonScope) => PythonValue
}

/** What something is called with. */
export interface PythonArguments {
  readonly positional: readonly PythonValue[]
  readonly keywords: ReadonlyMap<string, PythonValue>
  /** What further keywords may be; null where these are all. */
  readonly rest: PythonValue | null
}

/** Where something is said. */
export interface PythonPlace {
  /** Relative to the project, with slashes. */
  readonly file: string
  readonly line: number
}

/** What reading can know of a value, and where it was said. */
export type PythonValue = PythonThing & { readonly at?: PythonPlace }

/** A value in itself. A secret is known to be one, and nothing of it is kept (S16). */
type PythonThing =
  | { readonly type: 'plain'; readonly value: string | number | boolean | null }
  | {
      readonly type: 'sequence'
      readonly items: readonly PythonValue[]
      /** Whether it is known to be a tuple. */
      readonly isTuple?: boolean
    }
  | {
      readonly type: 'dict'
      readonly entries: ReadonlyMap<string, PythonValue>
      /** What is at any other key, if something is: some of it is made of what is not known. */
      readonly rest?: PythonValue | undefined
    }
  /** A `pathlib.Path`: `/` is the project's folder, wherever it is. */
  | { readonly type: 'path'; readonly path: string }
  /** Something of another package, by its dotted name. */
  | { readonly type: 'reference'; readonly dotted: string }
  /** What calling something of another package gives. */
  | {
      readonly type: 'instance'
      readonly of: PythonValue
      readonly call: Extract<PythonExpression, { type: 'call' }>
      readonly scope: PythonScope
      /** What it was called with. */
      readonly given: PythonArguments
    }
  | { readonly type: 'class'; readonly class: PythonClass }
  | { readonly type: 'lambda'; readonly body: PythonExpression; readonly scope: PythonScope }
  | { readonly type: 'function'; readonly function: PythonFunction }
  /** An instance that is followed, such as `self`. */
  | {
      readonly type: 'object'
      readonly attributes: Map<string, PythonValue>
      /** What its class has of that name. */
      readonly inherited: (name: string, line: number) => PythonValue | null
      /** What calling one of its classes' methods by that class's name gives: `S3Storage.__init__(self, …)`. */
      readonly methodOf?: (
        owner: PythonValue,
        name: string,
        given: PythonArguments,
        line: number,
      ) => PythonValue | null
    }
  /** Something that can be called, and that we know: `super`, and the methods of django-storages. */
  | { readonly type: 'native'; readonly call: (given: PythonArguments, line: number) => PythonValue }
  /** The names of a module or of a class's body as a dict: `globals()`. */
  | { readonly type: 'names'; readonly scope: PythonScope }
  | { readonly type: 'secret' }
  | { readonly type: 'unknown'; readonly why: WhyUnknown }

/** The names of a module, and how what is not among them is looked up. */
export interface PythonScope {
  /** Relative to the project. */
  readonly file: string
  readonly names: Map<string, PythonValue>
  readonly world: PythonWorld
  /** Of a function: the scope of its module, the names that it declares global, and those whose dicts it may change. */
  readonly module?: PythonScope
  readonly globals?: Set<string>
  readonly around?: readonly PythonScope[]
}

/** What surrounds the modules of a project. */
export interface PythonWorld {
  /** What an environment variable is to be, as python-decouple or anybody else reads it; null where nothing says so. */
  environment(name: string, from: { readonly file: string; readonly isDecouple: boolean }): PythonValue | null
  /** What the code itself sets of the environment; the empty name stands for every other variable. */
  readonly variables: Map<string, PythonValue>
  /** What environs puts before the names of variables at this moment; null where that is not known. */
  prefix: string | null
  /** The variables of a file of the project; null where there is no such file. */
  environmentFile(path: string): ReadonlyMap<string, PythonValue> | null
  /** What a person says that a setting or a storage's attribute is, of which the text does not tell it; null for others. */
  answered(name: string): PythonValue | null
  /** The project's settings, for `django.conf.settings`; null while they are read themselves. */
  settings(): ReadonlyMap<string, PythonValue> | null
  /** Told when a default in the code was taken because nothing says what the variable is. */
  tookDefault(variable: string, scope: PythonScope, line: number): void
  /** Told of a line that may set any of a module's names in a way that is not read: it is asked, and so are they. */
  notFollowed(scope: PythonScope, line: number): void
}

/** A known value. */
export function plain(value: string | number | boolean | null): PythonValue {
  return { type: 'plain', value }
}

/** A value that the source does not tell. */
export function unknown(
  scope: Pick<PythonScope, 'file'>,
  line: number,
  reason: WhyUnknown['reason'] = 'expression',
  variable: string | null = null,
): PythonValue {
  return { type: 'unknown', why: { reason, variable, file: scope.file, line } }
}

/** The same value, said in this place: the nearest one to what it is for. */
export function saidAt(value: PythonValue, { file }: Pick<PythonScope, 'file'>, line: number): PythonValue {
  return { ...value, at: { file, line } }
}

/** Whether a name is one of those that hold secrets: keys, passwords, tokens, and addresses with a password in them. */
export function isSecretName(name: string): boolean {
  // Every link that CloudFront's key pair signs has its ID in it.
  if (/^(AWS_)?CLOUDFRONT_KEY_(PAIR_)?ID$/i.test(name)) return false
  return (
    /(^|_)(SECRET|SECRETS|TOKEN|PASS|PASSWD|PASSWORD|PASSPHRASE|PWD|PRIVATE_KEY|CREDENTIALS?|DSN|KEY|KEYS|KEY_ID|ACCESS_KEY_ID)(_|$)/i.test(
      name,
    ) || /(DATABASE|REDIS|BROKER|CACHE|EMAIL|AMQP|MONGO\w*)_?UR[LI]/i.test(name)
  )
}

/** Python's truth of a value; null when it is not known. */
export function truth(value: PythonValue): boolean | null {
  switch (value.type) {
    case 'plain':
      return value.value !== null && value.value !== false && value.value !== '' && value.value !== 0
    case 'sequence':
      return value.items.length > 0
    case 'dict':
      return value.entries.size > 0 ? true : value.rest === undefined ? false : null
    case 'unknown':
    case 'secret':
    // What another package has, and what it gives when it is called, is anybody's guess.
    case 'reference':
    case 'instance':
    case 'names':
      return null
    default:
      return true
  }
}

/** Python's `str()` of a value; null when it is not known or no text. */
export function textOf(value: PythonValue): string | null {
  if (value.type === 'path') return value.path
  if (value.type !== 'plain') return null
  if (typeof value.value === 'boolean') return value.value ? 'True' : 'False'
  return value.value === null ? 'None' : String(value.value)
}

/** Whether two values are known to be the same. */
export function isSame(left: PythonValue, right: PythonValue): boolean {
  if (left === right) return true
  if (left.type === 'plain' && right.type === 'plain') return left.value === right.value
  if (left.type === 'path' && right.type === 'path') return left.path === right.path
  if (left.type === 'reference' && right.type === 'reference') return left.dotted === right.dotted
  if (left.type === 'sequence' && right.type === 'sequence')
    return (
      left.items.length === right.items.length &&
      left.items.every((item, index) => isSame(item, right.items[index]!))
    )
  if (left.type === 'dict' && right.type === 'dict')
    return (
      left.entries.size === right.entries.size &&
      left.rest === right.rest &&
      [...left.entries].every(([key, item]) => {
        const other = right.entries.get(key)
        return other !== undefined && isSame(item, other)
      })
    )
  return left.type === 'secret' && right.type === 'secret'
}
