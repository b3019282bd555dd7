import { ArrowDown, ArrowUp, Pencil, Plus, X } from 'lucide-react'
import { useLayoutEffect, useRef, useState } from 'react'
import type { HeaderRule } from '../../../src-preload/contract/header-rule.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { ruleText } from '../../text/rule-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { RuleDialog } from './rule-dialog.tsx'

interface RuleListProps {
  rules: readonly HeaderRule[]
  onRules: (rules: readonly HeaderRule[]) => void
}

/** A destination's own rules in their order: for each header the first one decides that matches and names it. */
export function RuleList({ rules, onRules }: RuleListProps) {
  /** The position that is being edited; the length of the list for a new rule. */
  const [editing, setEditing] = useState<number | null>(null)
  const list = useRef<HTMLDivElement>(null)
  /** Which buttons are to have the focus when the list is no longer `of`: the first that is there and can be pressed. */
  const wanted = useRef<{ readonly of: readonly HeaderRule[]; readonly names: readonly string[] } | null>(
    null,
  )
  useLayoutEffect(() => {
    if (wanted.current === null || wanted.current.of === rules) return
    for (const name of wanted.current.names) {
      const found = list.current?.querySelector<HTMLButtonElement>(`[data-does="${name}"]:enabled`)
      found?.focus()
      if (found != null) break
    }
    wanted.current = null
  }, [rules])
  const move = (from: number, to: number) => {
    const next = [...rules]
    const [rule] = next.splice(from, 1)
    if (rule !== undefined) next.splice(to, 0, rule)
    const [first, second] = to < from ? ['up', 'down'] : ['down', 'up']
    wanted.current = { of: rules, names: [`${first}-${to}`, `${second}-${to}`] }
    onRules(next)
  }
  const remove = (index: number) => {
    wanted.current = { of: rules, names: [`remove-${index}`, `remove-${index - 1}`, 'add'] }
    onRules(rules.filter((_, at) => at !== index))
  }
  return (
    <div className="field" ref={list}>
      <span className="field-label">Rules for single files</span>
      {rules.length === 0 ? null : (
        <ol className="rule-list" aria-label="Rules">
          {rules.map((rule, index) => (
            <li key={`${rule.glob} ${ruleText(rule)}`} className="rule">
              <code className="rule-glob truncate">{visibleName(rule.glob)}</code>
              <span className="rule-text truncate" title={ruleText(rule)}>
                {ruleText(rule)}
              </span>
              <IconButton
                icon={ArrowUp}
                data-does={`up-${index}`}
                label={`Move ${rule.glob} up`}
                disabled={index === 0}
                onClick={() => move(index, index - 1)}
              />
              <IconButton
                icon={ArrowDown}
                data-does={`down-${index}`}
                label={`Move ${rule.glob} down`}
                disabled={index === rules.length - 1}
                onClick={() => move(index, index + 1)}
              />
              <IconButton icon={Pencil} label={`Edit ${rule.glob}`} onClick={() => setEditing(index)} />
              <IconButton
                icon={X}
                data-does={`remove-${index}`}
                label={`Remove ${rule.glob}`}
                onClick={() => remove(index)}
              />
            </li>
          ))}
        </ol>
      )}
      <div className="row">
        <Button icon={Plus} data-does="add" onClick={() => setEditing(rules.length)}>
          Add rule
        </Button>
        <span className="field-hint">For each header the first rule decides that matches and names it.</span>
      </div>
      {editing === null ? null : (
        <RuleDialog
          rule={rules[editing] ?? null}
          onClose={() => setEditing(null)}
          onSave={(rule) => {
            onRules([...rules.slice(0, editing), rule, ...rules.slice(editing + 1)])
            setEditing(null)
          }}
        />
      )}
    </div>
  )
}
