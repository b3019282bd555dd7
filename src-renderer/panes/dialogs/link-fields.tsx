import { linkExpiryChoices } from '../../../src-preload/contract/link-expiry.ts'
import { SelectField } from '../../components/choice-fields.tsx'
import type { DestinationForm } from '../../stores/destination-form.ts'
import { expiryLabel } from '../../text/link-text.ts'
import { linkFormatChoices } from '../../text/upload-text.ts'

/** How links to what is in a destination are copied, and how long those to private files work. */
export function LinkFields({
  form,
  onChange,
}: {
  form: Pick<DestinationForm, 'linkFormat' | 'linkExpirySeconds'>
  onChange: (part: Partial<DestinationForm>) => void
}) {
  const expiries = linkExpiryChoices.map((choice) => ({ value: String(choice.seconds), label: choice.label }))
  const expiry = String(form.linkExpirySeconds)
  return (
    <div className="field-grid">
      <SelectField
        label="Copy links as"
        options={linkFormatChoices}
        value={form.linkFormat}
        onValue={(linkFormat) => onChange({ linkFormat })}
      />
      <SelectField
        label="Links work for"
        options={
          expiries.some((each) => each.value === expiry)
            ? expiries
            : [...expiries, { value: expiry, label: expiryLabel(form.linkExpirySeconds) }]
        }
        value={expiry}
        onValue={(value) => onChange({ linkExpirySeconds: Number(value) })}
        hint="Those to private files; a public address has no end."
      />
    </div>
  )
}
