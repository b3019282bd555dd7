import { Field } from '../components/field.tsx'

interface ExcludeFieldProps {
  value: string
  hint: string
  /** What is wrong with them; null for nothing. */
  problem: string | null
  onValue: (value: string) => void
}

/** Patterns of what stays out of a sync, one a line. */
export function ExcludeField({ value, hint, problem, onValue }: ExcludeFieldProps) {
  return (
    <Field label="Exclude" hint={hint} problem={problem}>
      {(ids) => (
        <textarea
          {...ids}
          className="input mono"
          rows={2}
          spellCheck={false}
          value={value}
          onChange={(event) => onValue(event.target.value)}
        />
      )}
    </Field>
  )
}
