import { ArrowDown, ArrowUp, Pencil, Plus, X } from 'lucide-react'
import { useState } from 'react'
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
  const move = (from: number, to: number) => {
    const next = [...rules]
    const [rule] = next.splice(from, 1)
    if (rule !== undefined) next.splice(to, 0, rule)
    onRules(next)
  }
  return (
    <div className="field">
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
                label={`Move ${rule.glob} up`}
                disabled={index === 0}
                onClick={() => move(index, index - 1)}
              />
              <IconButton
                icon={ArrowDown}
                label={`Move ${rule.glob} down`}
                disabled={index === rules.length - 1}
                onClick={() => move(index, index + 1)}
              />
              <IconButton icon={Pencil} label={`Edit ${rule.glob}`} onClick={() => setEditing(index)} />
              <IconButton
                icon={X}
                label={`Remove ${rule.glob}`}
                onClick={() => onRules(rules.filter((_, at) => at !== index))}
              />
            </li>
          ))}
        </ol>
      )}
      <div className="row">
        <Button icon={Plus} onClick={() => setEditing(rules.length)}>
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
