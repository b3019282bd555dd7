/** An expression of Python source. `opaque` is everything that is not understood; what it holds is not kept. */
export type PythonExpression = { readonly line: number } & (
  | { readonly type: 'constant'; readonly value: string | number | boolean | null }
  | { readonly type: 'f-string'; readonly parts: readonly (string | PythonExpression)[] }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'attribute'; readonly object: PythonExpression; readonly name: string }
  | { readonly type: 'subscript'; readonly object: PythonExpression; readonly index: PythonExpression }
  | {
      readonly type: 'call'
      readonly callee: PythonExpression
      readonly positional: readonly PythonExpression[]
      readonly keywords: ReadonlyMap<string, PythonExpression>
      /** What stands behind a `**`. */
      readonly spreads: readonly PythonExpression[]
      /** Whether there is a `*` or `**` argument. */
      readonly hasSpread: boolean
    }
  | {
      readonly type: 'sequence'
      readonly items: readonly PythonExpression[]
      /** Whether it is a list, and not a tuple. */
      readonly isList?: boolean
    }
  | {
      readonly type: 'dict'
      /** A null key is `**value`. */
      readonly entries: readonly (readonly [key: PythonExpression | null, value: PythonExpression])[]
    }
  | {
      readonly type: 'binary'
      readonly operator: string
      readonly left: PythonExpression
      readonly right: PythonExpression
    }
  | { readonly type: 'unary'; readonly operator: string; readonly operand: PythonExpression }
  | {
      readonly type: 'conditional'
      readonly test: PythonExpression
      readonly whenTrue: PythonExpression
      readonly otherwise: PythonExpression
    }
  | { readonly type: 'lambda'; readonly body: PythonExpression; readonly hasParameters: boolean }
  /** `name := value`. */
  | { readonly type: 'named'; readonly name: string; readonly value: PythonExpression }
  /** Nothing is known of it but the names that it may change: those to its left, or what is inside. */
  | { readonly type: 'opaque'; readonly names?: readonly string[] }
  /** `*value`, among items or before a `=`. */
  | { readonly type: 'starred'; readonly value: PythonExpression }
)

/** A statement of Python source. */
export type PythonStatement = { readonly line: number } & (
  | {
      readonly type: 'assign'
      readonly targets: readonly PythonExpression[]
      /** `=`, or an augmented one such as `+=`. */
      readonly operator: string
      readonly value: PythonExpression
    }
  | {
      readonly type: 'import'
      /** With its leading dots. */
      readonly module: string
      /** `*`, or the names that are imported from the module; null for `import module`. */
      readonly names: '*' | readonly ImportedName[] | null
      /** The name that `import module as name` gives. */
      readonly as: string | null
    }
  | {
      readonly type: 'class'
      readonly name: string
      readonly bases: readonly PythonExpression[]
      /** Whether a metaclass, or what takes other keywords, or a decorator may change it. */
      readonly isChanged: boolean
      readonly body: readonly PythonStatement[]
    }
  | {
      readonly type: 'function'
      readonly name: string
      readonly parameters: readonly PythonParameter[]
      /** Every name that stands in it, and whether a call does not run it at once (`async`, `yield`). */
      readonly mentions: readonly string[]
      readonly isDeferred: boolean
      /** The names behind `@`, without what they are called with. */
      readonly decorators: readonly string[]
      readonly body: readonly PythonStatement[]
    }
  | { readonly type: 'return'; readonly value: PythonExpression | null }
  /** Nothing after it is run. */
  | { readonly type: 'raise' }
  | { readonly type: 'global'; readonly names: readonly string[] }
  | { readonly type: 'delete'; readonly targets: readonly PythonExpression[] }
  /** `break` and `continue`: how often a loop is run is not known. */
  | { readonly type: 'jump' }
  | {
      readonly type: 'if'
      /** The last one's test is null for `else`. */
      readonly branches: readonly {
        readonly test: PythonExpression | null
        readonly body: readonly PythonStatement[]
      }[]
    }
  /** What is not understood, or gives names to what is not known. Everything that has one of the names may be changed. */
  | { readonly type: 'unread'; readonly names: readonly string[] }
  /** Statements of another file, run where this one stands. */
  | { readonly type: 'included'; readonly file: string; readonly body: readonly PythonStatement[] }
  /** Statements that are run whatever happens: the body of `with`. */
  | { readonly type: 'block'; readonly body: readonly PythonStatement[]; readonly context?: PythonExpression }
  | {
      readonly type: 'for'
      readonly target: PythonExpression
      readonly iterable: PythonExpression
      readonly body: readonly PythonStatement[]
    }
  | {
      readonly type: 'try'
      readonly body: readonly PythonStatement[]
      readonly handlers: readonly (readonly PythonStatement[])[]
      /** What `else` has, and what `finally` has. */
      readonly otherwise: readonly PythonStatement[]
      readonly atLast: readonly PythonStatement[]
    }
  /** Statements that are run any number of times, or none: other loops and what is below what is not understood. */
  | { readonly type: 'perhaps'; readonly body: readonly PythonStatement[] }
  | { readonly type: 'expression'; readonly value: PythonExpression }
)

/** A parameter of a function; `rest` is `*args`, and `keywords` is `**kwargs`. */
export interface PythonParameter {
  readonly name: string
  readonly kind: 'positional' | 'keyword' | 'rest' | 'keywords'
  readonly default: PythonExpression | null
}

/** One name of `from module import name as other`. */
export interface ImportedName {
  readonly name: string
  readonly as: string
}
