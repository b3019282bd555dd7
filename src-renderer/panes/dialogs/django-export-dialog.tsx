import { Tabs } from '@base-ui/react/tabs'
import { FolderDown } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { DjangoAccess, DjangoExport, DjangoForm } from '../../../src-preload/contract/django.ts'
import type { ChosenFolder } from '../../../src-preload/contract/selection.ts'
import { Button } from '../../components/button.tsx'
import { SelectField } from '../../components/choice-fields.tsx'
import { CodeText } from '../../components/code-text.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Note } from '../../components/note.tsx'
import { destinationsIn } from '../../stores/destination-store.ts'
import { formatCount } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { announceDone } from '../announce.ts'
import { ErrorHere } from '../error-here.tsx'
import { TypedFolderDialog } from '../typed-folder-dialog.tsx'
import { useFrom, useWindow } from '../window-context.ts'
import './django-dialogs.css'

interface DjangoExportDialogProps {
  profileId: string
  bucket: string
  onClose: () => void
}

/** The settings with which a Django project uses the destinations of a bucket, to be copied or saved. */
export function DjangoExportDialog({ profileId, bucket, onClose }: DjangoExportDialogProps) {
  const { stores, commands } = useWindow()
  const all = useFrom(
    (each) => each.destinations,
    (state) => state.destinations,
  )
  const asking = useFrom(
    (each) => each.view,
    (state) => state.folderQuestion === 'export',
  )
  const count = destinationsIn(all, profileId, bucket).length
  const [form, setForm] = useState<DjangoForm>('storages')
  const [access, setAccess] = useState<DjangoAccess>('policy')
  const [module, setModule] = useState('storage_backends')
  const [origin, setOrigin] = useState('')
  const [answer, setAnswer] = useState<DjangoExport | null>(null)
  const [error, setError] = useState<AppError | null>(null)
  const [file, setFile] = useState<string>('s3_settings.py')
  const [busy, setBusy] = useState(false)
  /** The folder that has files of these names, and what was said of it. */
  const [taken, setTaken] = useState<{ folder: ChosenFolder; message: string } | null>(null)

  const wrongModule = moduleProblem(module)
  // Files made for another name would not be those that Save writes.
  const exported = wrongModule === null ? answer : null
  useEffect(() => {
    if (count === 0 || wrongModule !== null) return undefined
    let wanted = true
    void stores.objects
      .exportDjango({ profileId, bucket, form, access, module: module.trim(), origins: originsOf(origin) })
      .then((result) => {
        if (!wanted) return
        setError(result.ok ? null : result.error)
        setAnswer(result.ok ? result.value : null)
      })
    return () => {
      wanted = false
    }
  }, [stores, profileId, bucket, form, access, module, wrongModule, origin, count])

  const write = async (folder: ChosenFolder, replace: boolean) => {
    setBusy(true)
    const result = await stores.objects.saveDjangoExport({
      profileId,
      bucket,
      form,
      access,
      module: module.trim(),
      origins: originsOf(origin),
      folderId: folder.folderId,
      replace,
    })
    setBusy(false)
    if (result.ok) {
      setTaken(null)
      announceDone({
        title: `${formatCount(result.value.files.length, 'file')} saved`,
        body: `In ${result.value.folder.name}.`,
      })
    } else if (result.error.code === 'already-exists') setTaken({ folder, message: result.error.message })
    else setError(result.error)
  }
  const saveTo = async () => {
    const folder = await commands.pickFolder('export')
    if (folder !== null) await write(folder, false)
  }

  const files = exported?.files ?? []
  const shown = files.find(({ name }) => name === file) ?? files[0]
  return (
    <Dialog
      title={`Django settings for ${bucket}`}
      description="What a site needs to use the destinations of this bucket with django-storages. No key is in any of it."
      width="wide"
      onClose={onClose}
      footer={
        <>
          <Button
            icon={FolderDown}
            className="push"
            disabled={busy || exported === null || error !== null}
            onClick={() => void saveTo()}
          >
            Save to folder…
          </Button>
          <Button onClick={onClose}>Done</Button>
        </>
      }
    >
      {count === 0 ? (
        <Note
          kind="info"
          title="No destinations yet"
          actions={
            <Button
              onClick={() => {
                stores.view.getState().openBucket(bucket)
                stores.view
                  .getState()
                  .openDialog({ kind: 'destination', destination: null, preset: 'static' })
              }}
            >
              New destination…
            </Button>
          }
        >
          Settings are made from the destinations of a bucket: where static files and media are, and who can
          read them.
        </Note>
      ) : (
        <>
          <div className="field-grid">
            <SelectField
              label="Django"
              options={[
                { value: 'storages', label: '4.2 and later (STORAGES)' },
                { value: 'older', label: 'Before 4.2' },
              ]}
              value={form}
              onValue={setForm}
            />
            <SelectField
              label="Public files are opened by"
              options={[
                { value: 'policy', label: 'A policy of the bucket' },
                { value: 'acl', label: 'An ACL on each object' },
              ]}
              value={access}
              onValue={setAccess}
            />
            <TextField
              label="Module of storage_backends.py"
              className="input mono"
              value={module}
              onValue={setModule}
              problem={wrongModule}
              placeholder="mysite.storage_backends"
              maxLength={200}
            />
            <TextField
              label="Addresses of the site"
              value={origin}
              onValue={setOrigin}
              placeholder="https://www.example.org"
              hint="For CORS. Empty for any site."
              maxLength={1024}
            />
          </div>
          <ErrorHere error={wrongModule === null ? error : null} />
          {wrongModule === null ? null : (
            <Note kind="warning" title="No files to show">
              Django finds the storage classes by the name of their module, and the settings have it in them.
              With another name the files are here again.
            </Note>
          )}
          {taken === null ? null : (
            <Note
              kind="warning"
              title={`Replace the files in ${taken.folder.name}?`}
              actions={
                <>
                  <Button onClick={() => setTaken(null)}>Keep them</Button>
                  <Button kind="danger" disabled={busy} onClick={() => void write(taken.folder, true)}>
                    Replace
                  </Button>
                </>
              }
            >
              {visibleName(taken.message)}
            </Note>
          )}
          {shown === undefined ? null : (
            <Tabs.Root value={shown.name} onValueChange={(name) => setFile(String(name))}>
              <Tabs.List className="django-tabs" aria-label="Files">
                {files.map(({ name }) => (
                  <Tabs.Tab key={name} value={name} className="django-tab">
                    {name}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              {files.map(({ name, purpose, text }) => (
                <Tabs.Panel key={name} value={name} className="django-panel" tabIndex={-1}>
                  <CodeText
                    label={name}
                    text={text}
                    caption={purpose}
                    onCopy={() => void commands.copyText(text, `${name} copied`)}
                  />
                </Tabs.Panel>
              ))}
            </Tabs.Root>
          )}
          {exported === null || exported.notes.length === 0 ? null : (
            <Note kind="warning">
              <ul className="django-notes">
                {exported.notes.map((note) => (
                  <li key={note}>{visibleName(note)}</li>
                ))}
              </ul>
            </Note>
          )}
        </>
      )}
      {/* Inside of the dialog that asks, so that the focus knows its way back. */}
      {asking ? <TypedFolderDialog purpose="export" /> : null}
    </Dialog>
  )
}

function originsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((each) => each !== '')
}

function moduleProblem(module: string): string | null {
  return /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(module.trim())
    ? null
    : 'The name of a Python module, such as mysite.storage_backends.'
}
