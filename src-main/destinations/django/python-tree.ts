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
  | { readonly type: 'sequence'; readonly items: readonly PythonExpression[] }
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
  | { readonly type: 'lambda'; readonly body: PythonExpression }
  /** `name := value`. */
  | { readonly type: 'named'; readonly name: string; readonly value: PythonExpression }
  | { readonly type: 'opaque' }
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
      readonly body: readonly PythonStatement[]
    }
  | {
      readonly type: 'function'
      readonly name: string
      readonly parameters: readonly PythonParameter[]
      /** The names behind `@`, without what they are called with. */
      readonly decorators: readonly string[]
      readonly body: readonly PythonStatement[]
    }
  | { readonly type: 'return'; readonly value: PythonExpression | null }
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
  /** Statements that are run whatever happens: the body of `with` and of `try`. */
  | { readonly type: 'block'; readonly body: readonly PythonStatement[] }
  | {
      readonly type: 'for'
      readonly target: PythonExpression
      readonly iterable: PythonExpression
      readonly body: readonly PythonStatement[]
    }
  /** Statements that are run any number of times, or none: other loops and exception handlers. */
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
