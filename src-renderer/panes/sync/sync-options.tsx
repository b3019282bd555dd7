import type { Destination } from '../../../src-preload/contract/destination.ts'
import { CheckField } from '../../components/choice-fields.tsx'
import { Field, TextField } from '../../components/field.tsx'
import { FolderField } from '../folder-field.tsx'
import { useWindow } from '../window-context.ts'

/** The options as they are typed. */
export interface OptionTexts {
  readonly cacheControl: string
  readonly longCache: boolean
  readonly exclude: string
  readonly removeRemoteOnly: boolean
}

interface SyncOptionsFormProps {
  destination: Destination
  options: OptionTexts
  onOptions: (options: OptionTexts) => void
}

/** What is published, and how; nothing happens before the plan has been seen. */
export function SyncOptionsForm({ destination, options, onOptions }: SyncOptionsFormProps) {
  const { stores, commands } = useWindow()
  return (
    <div className="sync-options">
      <FolderField
        label="Folder on this computer"
        folder={destination.folder}
        onFolder={(folder) => {
          const { id, folder: before, ...input } = destination
          if (before?.folderId === folder.folderId) return
          void stores.destinations
            .getState()
            .update(id, { ...input, folderId: folder.folderId })
            .then((result) => (result.ok ? undefined : commands.fail(result.error)))
        }}
      />
      <TextField
        label="Cache-Control"
        value={options.cacheControl}
        onValue={(cacheControl) => onOptions({ ...options, cacheControl })}
        hint="How long browsers may keep a file. 86400 seconds are a day."
        maxLength={512}
      />
      <CheckField
        label="Long cache for fingerprinted files"
        hint="Names such as site.55e7cbb9ba48.css are kept for a year; pages and manifests are asked for each time."
        checked={options.longCache}
        onChecked={(longCache) => onOptions({ ...options, longCache })}
      />
      <Field
        label="Exclude"
        hint="One pattern a line, such as *.map or drafts/**. Secrets such as .env never go up."
      >
        {(ids) => (
          <textarea
            {...ids}
            className="input mono"
            rows={3}
            spellCheck={false}
            value={options.exclude}
            onChange={(event) => onOptions({ ...options, exclude: event.target.value })}
          />
        )}
      </Field>
      <CheckField
        label="Remove files that are only in the bucket"
        hint="They are listed in the plan and removed only after you have confirmed their number."
        checked={options.removeRemoteOnly}
        onChecked={(removeRemoteOnly) => onOptions({ ...options, removeRemoteOnly })}
      />
      <p className="small">
        The plan shows everything that would happen. Nothing is sent before you apply it.
      </p>
    </div>
  )
}
