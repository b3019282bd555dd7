import type { ComponentProps, ReactNode } from 'react'
import { useId } from 'react'
import './field.css'

interface FieldProps {
  label: string
  /** What the field is for, under it. */
  hint?: ReactNode
  /** What is wrong, instead of the hint; announced. */
  problem?: string | null
  children: (ids: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }) => ReactNode
}

/** A label, a control and the sentence under it, tied together for assistive technology. */
export function Field({ label, hint, problem = null, children }: FieldProps) {
  const id = useId()
  const hintId = `${id}-hint`
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      {children({ id, 'aria-describedby': hintId, 'aria-invalid': problem !== null })}
      <div id={hintId} className={problem === null ? 'field-hint' : 'field-problem'} aria-live="polite">
        {problem ?? hint}
      </div>
    </div>
  )
}

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'onChange'> {
  label: string
  hint?: ReactNode
  problem?: string | null
  onValue?: (value: string) => void
  /** Values to choose from while typing. */
  suggestions?: readonly string[]
}

/** A one-line text field. */
export function TextField({ label, hint, problem = null, onValue, suggestions, ...rest }: TextFieldProps) {
  const listId = useId()
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(ids) => (
        <>
          <input
            type="text"
            autoComplete="off"
            spellCheck={false}
            className="input"
            {...(suggestions === undefined ? {} : { list: listId })}
            {...rest}
            {...ids}
            onChange={(event) => onValue?.(event.target.value)}
          />
          {suggestions === undefined ? null : (
            <datalist id={listId}>
              {suggestions.map((value) => (
                <option key={value}>{value}</option>
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  )
}
