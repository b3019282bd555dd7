/* oxlint-disable jsx-a11y/label-has-associated-control -- the controls are Base UI's, which the rule does not know */
import { Checkbox } from '@base-ui/react/checkbox'
import { Radio } from '@base-ui/react/radio'
import { RadioGroup } from '@base-ui/react/radio-group'
import { Select as BaseSelect } from '@base-ui/react/select'
import { Switch as BaseSwitch } from '@base-ui/react/switch'
import { Check, ChevronsUpDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { useId } from 'react'
import './field.css'
import './menu.css'

interface ToggleProps {
  label: string
  hint?: ReactNode
  checked: boolean
  disabled?: boolean
  onChecked: (checked: boolean) => void
}

/** An on/off switch that acts at once. */
export function Switch({ label, hint, checked, disabled = false, onChecked }: ToggleProps) {
  const id = useId()
  return (
    <label className="switch-row">
      <BaseSwitch.Root
        className="switch"
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChecked}
        aria-labelledby={id}
        aria-describedby={`${id}-hint`}
      >
        <BaseSwitch.Thumb className="switch-thumb" />
      </BaseSwitch.Root>
      <span className="choice-words">
        <span id={id}>{label}</span>
        <span id={`${id}-hint`} className="field-hint">
          {hint}
        </span>
      </span>
    </label>
  )
}

/** A checkbox with its sentence. */
export function CheckField({ label, hint, checked, disabled = false, onChecked }: ToggleProps) {
  const id = useId()
  return (
    <label className="check-row">
      <Checkbox.Root
        className="check"
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChecked}
        aria-labelledby={id}
        aria-describedby={`${id}-hint`}
      >
        <Checkbox.Indicator>
          <Check size={12} strokeWidth={3} aria-hidden />
        </Checkbox.Indicator>
      </Checkbox.Root>
      <span className="choice-words">
        <span id={id}>{label}</span>
        <span id={`${id}-hint`} className="field-hint">
          {hint}
        </span>
      </span>
    </label>
  )
}

interface CheckBoxProps {
  /** For those who do not see what it stands beside. */
  label: string
  checked: boolean
  disabled?: boolean
  onChecked: (checked: boolean) => void
}

/** A checkbox without words, for a row of a table. */
export function CheckBox({ label, checked, disabled = false, onChecked }: CheckBoxProps) {
  return (
    <Checkbox.Root
      className="check"
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChecked}
      aria-label={label}
    >
      <Checkbox.Indicator>
        <Check size={12} strokeWidth={3} aria-hidden />
      </Checkbox.Indicator>
    </Checkbox.Root>
  )
}

/** One answer of a {@link ChoiceField}. */
export interface Choice<Value extends string> {
  readonly value: Value
  readonly label: string
  readonly hint?: string
}

interface ChoiceFieldProps<Value extends string> {
  label: string
  choices: readonly Choice<Value>[]
  value: Value
  onValue: (value: Value) => void
}

/** A few answers with explanations, one of which holds. */
export function ChoiceField<Value extends string>({
  label,
  choices,
  value,
  onValue,
}: ChoiceFieldProps<Value>) {
  const id = useId()
  return (
    <div className="field">
      <span className="field-label" id={id}>
        {label}
      </span>
      <RadioGroup
        className="choice-list"
        aria-labelledby={id}
        value={value}
        onValueChange={(next) => {
          const choice = choices.find((each) => each.value === next)
          if (choice !== undefined) onValue(choice.value)
        }}
      >
        {choices.map((choice) => (
          <label key={choice.value} className="choice">
            <Radio.Root
              className="choice-mark"
              value={choice.value}
              aria-labelledby={`${id}-${choice.value}`}
              aria-describedby={`${id}-${choice.value}-hint`}
            >
              <Radio.Indicator className="choice-dot" />
            </Radio.Root>
            <span className="choice-words">
              <span id={`${id}-${choice.value}`}>{choice.label}</span>
              <span id={`${id}-${choice.value}-hint`} className="field-hint">
                {choice.hint}
              </span>
            </span>
          </label>
        ))}
      </RadioGroup>
    </div>
  )
}

interface SelectFieldProps<Value extends string> {
  label: string
  hint?: ReactNode
  options: readonly { readonly value: Value; readonly label: string }[]
  value: Value
  onValue: (value: Value) => void
}

/** One of a list of values. */
export function SelectField<Value extends string>({
  label,
  hint,
  options,
  value,
  onValue,
}: SelectFieldProps<Value>) {
  const id = useId()
  return (
    <div className="field">
      <span className="field-label" id={id}>
        {label}
      </span>
      <BaseSelect.Root
        items={options}
        value={value}
        onValueChange={(next) => {
          const option = options.find((each) => each.value === next)
          if (option !== undefined) onValue(option.value)
        }}
      >
        <BaseSelect.Trigger className="select" aria-labelledby={id} aria-describedby={`${id}-hint`}>
          <BaseSelect.Value className="truncate" />
          <ChevronsUpDown size={14} aria-hidden />
        </BaseSelect.Trigger>
        <BaseSelect.Portal>
          <BaseSelect.Positioner className="menu-positioner" sideOffset={4} alignItemWithTrigger={false}>
            <BaseSelect.Popup className="menu menu-select">
              {options.map((option) => (
                <BaseSelect.Item key={option.value} value={option.value} className="menu-item">
                  <span className="menu-mark">
                    <BaseSelect.ItemIndicator>
                      <Check size={14} aria-hidden />
                    </BaseSelect.ItemIndicator>
                  </span>
                  <BaseSelect.ItemText>{option.label}</BaseSelect.ItemText>
                </BaseSelect.Item>
              ))}
            </BaseSelect.Popup>
          </BaseSelect.Positioner>
        </BaseSelect.Portal>
      </BaseSelect.Root>
      <span id={`${id}-hint`} className="field-hint">
        {hint}
      </span>
    </div>
  )
}
