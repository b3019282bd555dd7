import { useState } from 'react'
import { CheckField, SelectField } from '../../components/choice-fields.tsx'
import { TextField } from '../../components/field.tsx'
import type { DestinationForm } from '../../stores/destination-form.ts'
import { templateExample } from '../../stores/destination-form.ts'

/** How uploads are named, and what happens to a name that is taken. */
export function MediaRules({
  form,
  problem,
  onChange,
}: {
  form: DestinationForm
  problem: string | null
  onChange: (part: Partial<DestinationForm>) => void
}) {
  const [today] = useState(() => new Date())
  const example = templateExample(form.keyTemplate, today)
  return (
    <div className="field-grid">
      <TextField
        label="Names in the bucket"
        className="input mono"
        value={form.keyTemplate}
        onValue={(keyTemplate) => onChange({ keyTemplate })}
        problem={problem}
        placeholder="{name}.{ext}"
        maxLength={256}
        spellCheck={false}
        hint={
          <>
            {example === '' ? null : (
              <>
                “Team photo.jpg” becomes <span className="mono">{example}</span>.{' '}
              </>
            )}
            {'{name} {slug} {ext} {yyyy} {mm} {dd} {hash8} {uuid}'}
          </>
        }
      />
      <SelectField
        label="When a name exists"
        options={[
          { value: 'keep-both', label: 'Keep both' },
          { value: 'ask', label: 'Ask' },
          { value: 'skip', label: 'Skip' },
          { value: 'overwrite', label: 'Replace' },
        ]}
        value={form.onConflict}
        onValue={(onConflict) => onChange({ onConflict })}
        hint={conflictHints[form.onConflict]}
      />
      <CheckField
        label="Clean names as Django does"
        checked={form.cleanNames}
        onChecked={(cleanNames) => onChange({ cleanNames })}
        hint="Spaces become _; only letters, digits, _, - and . stay."
      />
      <CheckField
        label="Use identical files again"
        checked={form.reuseIdentical}
        onChecked={(reuseIdentical) => onChange({ reuseIdentical })}
        hint="When the very same bytes are there under the name, nothing is sent."
      />
      <CheckField
        label="Remove location from pictures"
        checked={form.stripMetadata}
        onChecked={(stripMetadata) => onChange({ stripMetadata })}
        hint={
          form.visibility === 'private'
            ? 'And all other metadata, when an upload is made public.'
            : 'And all other metadata, before anyone can read them. Your files stay as they are.'
        }
      />
    </div>
  )
}

const conflictHints: Readonly<Record<DestinationForm['onConflict'], string>> = {
  'keep-both': 'The new file gets another name, as Django gives it.',
  ask: 'The names that exist are shown before anything is sent.',
  skip: 'What is there stays, and the new file is left out.',
  overwrite: 'What is there is replaced, without a question.',
}
