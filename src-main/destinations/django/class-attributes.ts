import type { PythonClass, PythonValue } from './python-value.ts'

/** What a class itself has of a name, without its bases. */
export function ownAttribute(found: PythonClass, name: string): PythonValue | null {
  return found.later.get(name) ?? found.body().get(name) ?? null
}

/** What a class has of a name, by itself or by its bases of the project; null when it has nothing. */
export function classAttribute(found: PythonClass, name: string): PythonValue | null {
  for (const each of linearized({ type: 'class', class: found })) {
    const value = each.type === 'class' ? ownAttribute(each.class, name) : null
    if (value !== null) return value
  }
  return null
}

/** A class of the project, or something of another package that one is made from. */
export type Ancestor = Extract<PythonValue, { type: 'class' | 'reference' }>

/**
 * A class and its bases in the order in which Python looks for an attribute (C3). What is no class that can be read is
 * not among them.
 */
export function linearized(
  value: PythonValue,
  known = new Map<PythonClass, readonly Ancestor[]>(),
): readonly Ancestor[] {
  if (value.type === 'reference') return [value]
  if (value.type !== 'class') return []
  const before = known.get(value.class)
  if (before !== undefined) return before
  // A class is not made from itself, whatever is written.
  known.set(value.class, [])
  const bases = value.class.bases.filter((base) => base.type === 'class' || base.type === 'reference')
  const lists: (readonly Ancestor[])[] = [
    ...bases.map((base) => linearized(base, known)),
    bases as readonly Ancestor[],
  ]
  const order: Ancestor[] = [value]
  for (;;) {
    const left = lists.map((list) => list.filter((each) => !order.some((other) => isOne(each, other))))
    const heads = left.flatMap((list) => list.slice(0, 1))
    if (heads.length === 0 || order.length > 200) {
      known.set(value.class, order)
      return order
    }
    // Python refuses an order that contradicts itself; what is left then goes as it is written.
    order.push(
      heads.find((head) => !left.some((list) => list.slice(1).some((each) => isOne(each, head)))) ??
        heads[0]!,
    )
  }
}

function isOne(one: Ancestor, other: Ancestor): boolean {
  return one.type === 'class'
    ? other.type === 'class' && one.class === other.class
    : other.type === 'reference' && one.dotted === other.dotted
}
