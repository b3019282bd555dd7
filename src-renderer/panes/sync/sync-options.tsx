import type { ReactNode } from 'react'
import { useState } from 'react'
import type { StaticDestination } from '../../../src-preload/contract/destination.ts'
import type { ChosenFolder } from '../../../src-preload/contract/selection.ts'
import { CheckField, SelectField } from '../../components/choice-fields.tsx'
import { TextField } from '../../components/field.tsx'
import { commandOf } from '../../stores/command-store.ts'
import type { SyncForm } from '../../stores/sync-form.ts'
import { syncFormProblems } from '../../stores/sync-form.ts'
import { ExcludeField } from '../exclude-field.tsx'
import { FolderField } from '../folder-field.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import { precompressOptions } from './rule-dialog.tsx'
import { RuleList } from './rule-list.tsx'

interface SyncOptionsFormProps {
  destination: StaticDestination
  form: SyncForm
  onForm: (form: SyncForm) => void
}

/** What is published, and how; nothing happens before the plan has been seen. */
export function SyncOptionsForm({ destination, form, onForm }: SyncOptionsFormProps) {
  const { stores, commands } = useWindow()
  const [picked, setPicked] = useState<ChosenFolder | null>(null)
  const kept = useFrom(
    (all) => all.commands,
    (state) => commandOf(state, destination.id).kept?.folder ?? null,
  )
  const commandFolder =
    [picked, kept].find((folder) => folder?.folderId === form.runBeforeFolderId) ?? destination.folder
  const problems = syncFormProblems(form)
  const change = (part: Partial<SyncForm>) => onForm({ ...form, ...part })
  return (
    <div className="sync-options">
      <Section title="What is published">
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
        <ExcludeField
          hint="One pattern a line, such as *.map or drafts/**. Secrets such as .env never go up."
          value={form.exclude}
          onValue={(exclude) => change({ exclude })}
          problem={problems.exclude ?? null}
        />
        <TextField
          label="Run before each sync"
          className="input mono"
          value={form.runBefore}
          onValue={(runBefore) => change({ runBefore })}
          placeholder="python manage.py collectstatic --noinput"
          hint="A command that builds the folder. You are asked once before it runs; if it fails, nothing is published."
          maxLength={1000}
        />
        {form.runBefore.trim() === '' ? null : (
          <FolderField
            label="Where the command runs"
            folder={commandFolder}
            purpose="command"
            hint="The project’s folder, usually. Without one, the folder that is published."
            onFolder={(chosen) => {
              setPicked(chosen)
              change({ runBeforeFolderId: chosen.folderId })
            }}
          />
        )}
      </Section>
      <Section title="Headers">
        <TextField
          label="Cache-Control"
          value={form.cacheControl}
          onValue={(cacheControl) => change({ cacheControl })}
          problem={problems.cacheControl ?? null}
          hint="How long browsers may keep a file. 86400 seconds are a day."
          maxLength={512}
        />
        <CheckField
          label="Long cache for fingerprinted files"
          hint="Names such as site.55e7cbb9ba48.css are kept for a year; pages and manifests are asked for each time."
          checked={form.longCache}
          onChecked={(longCache) => change({ longCache })}
        />
        <SelectField
          label="Compression"
          options={[{ value: 'off', label: 'None' }, ...precompressOptions]}
          value={form.precompress}
          onValue={(precompress) => change({ precompress })}
          hint={compressionHints[form.precompress]}
        />
        <RuleList rules={form.rules} onRules={(rules) => change({ rules })} />
      </Section>
      <Section title="Removing and going back">
        <CheckField
          label="Remove files that are only in the bucket"
          hint="Only what Pail’s syncs put there. They are listed in the plan and removed only after you have confirmed their number."
          checked={form.removeRemoteOnly}
          onChecked={(removeRemoteOnly) => change({ removeRemoteOnly })}
        />
        {form.removeRemoteOnly ? (
          <CheckField
            label="Also what others put there"
            hint="Objects under this destination that no sync of Pail’s made, another site’s perhaps."
            checked={form.removeForeign}
            onChecked={(removeForeign) => change({ removeForeign })}
          />
        ) : null}
        {form.removeRemoteOnly ? (
          <TextField
            label="Most objects to remove"
            value={form.maxDelete}
            onValue={(maxDelete) => change({ maxDelete })}
            problem={problems.maxDelete ?? null}
            placeholder="50, or 10 % of them where that is more"
            hint="A plan that would remove more is refused. It is not kept for later."
            inputMode="numeric"
            maxLength={9}
          />
        ) : null}
        <CheckField
          label="Keep previous versions for undo"
          hint="Before a file is replaced or removed, a private copy is kept in the bucket for the last five syncs. Not needed where the bucket keeps versions."
          checked={form.keepPrevious}
          onChecked={(keepPrevious) => change({ keepPrevious })}
        />
        <CheckField
          label="Share the list of published files through the bucket"
          hint="A second computer, or CI, then knows which files a sync made and may remove."
          checked={form.manifestInBucket}
          onChecked={(manifestInBucket) => change({ manifestInBucket })}
        />
      </Section>
      <Section title="Afterwards">
        <TextField
          label="CloudFront distribution"
          value={form.distributionId}
          onValue={(id) => change({ distributionId: id })}
          problem={problems.distributionId ?? null}
          placeholder="E2QWRUHAPOMQZL"
          hint="Its caches are told what has changed, after you have seen which paths and what they cost."
          maxLength={64}
        />
      </Section>
      <p className="small">
        The plan shows everything that would happen. Nothing is sent before you apply it.
      </p>
    </div>
  )
}

const compressionHints: { readonly [Way in SyncForm['precompress']]: string } = {
  off: 'Files are sent as they are. A CDN in front of the bucket usually compresses by itself.',
  siblings: 'For servers and CDNs that pick site.css.br instead of site.css when the browser takes it.',
  gzip: 'Everyone gets the files compressed: only for buckets that are read by browsers.',
  br: 'Everyone gets the files compressed: only for buckets that are read by browsers, over https.',
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="options-section" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
