import { useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { DjangoProject } from '../../../src-preload/contract/django.ts'
import type { Profile } from '../../../src-preload/contract/profile.ts'
import type { ChosenFolder } from '../../../src-preload/contract/selection.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { Note } from '../../components/note.tsx'
import type { DjangoForm } from '../../stores/django-form.ts'
import {
  askedAnswers,
  destinationFormProblems,
  formOfProject,
  isField,
  missingVariables,
  savesOf,
  withoutSaved,
} from '../../stores/django-form.ts'
import { formatCount } from '../../text/format.ts'
import { visibleName } from '../../text/visible-name.ts'
import { announceDone } from '../announce.ts'
import { ErrorHere } from '../error-here.tsx'
import { FolderField } from '../folder-field.tsx'
import { useWindow } from '../window-context.ts'
import { DjangoDestinations, DjangoProfiles } from './django-found.tsx'
import './django-dialogs.css'

/** A project as it was read, and what the person says of it. */
interface Read {
  readonly project: DjangoProject
  readonly form: DjangoForm
}

/** Turns the settings of a Django project into a profile and destinations; what they do not tell is asked here. */
export function DjangoImportDialog({ onClose }: { onClose: () => void }) {
  const { stores } = useWindow()
  const [folder, setFolder] = useState<ChosenFolder | null>(null)
  const [settings, setSettings] = useState('')
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>({})
  const [read, setRead] = useState<Read | null>(null)
  const [busy, setBusy] = useState(false)
  const [shown, setShown] = useState(false)
  const [error, setError] = useState<AppError | null>(null)
  const count = read?.form.destinations.filter(({ wanted }) => wanted).length ?? 0

  const readFolder = async (from: ChosenFolder, module: string) => {
    setFolder(from)
    setBusy(true)
    const result = await stores.objects.readDjangoProject({
      folderId: from.folderId,
      settings: module.trim() === '' ? null : module.trim(),
      answers: Object.entries(answers).flatMap(([name, value]) => (value === '' ? [] : [{ name, value }])),
    })
    setBusy(false)
    setError(result.ok ? null : result.error)
    if (!result.ok) {
      setRead(null)
      return
    }
    const profiles = stores.profiles.getState().profiles ?? []
    setRead({ project: result.value, form: formOfProject(result.value, profiles) })
    setShown(false)
  }

  const save = async () => {
    setShown(true)
    if (read === null || count === 0) return
    const { project, form } = read
    const there = stores.destinations.getState().destinations
    const isWrong = form.destinations.some(
      (_, index) => Object.keys(destinationFormProblems(form, index, project, there)).length > 0,
    )
    if (isWrong || missingVariables(project, form).size > 0) return
    setBusy(true)
    const reload = () =>
      Promise.all([stores.profiles.getState().load(), stores.destinations.getState().load()])
    const kept = new Map<number, Profile>()
    let bucket: string | null = null
    for (const { profile, save: wanted } of savesOf(project, form)) {
      const result = await stores.objects.saveDjangoProject(wanted)
      if (!result.ok) {
        setRead({ project, form: withoutSaved(form, project, new Set(kept.keys())) })
        await reload()
        setBusy(false)
        setError(result.error)
        return
      }
      kept.set(profile, result.value.profile)
      bucket ??= result.value.destinations[0]?.bucket ?? null
    }
    await reload()
    setBusy(false)
    const [first] = kept.values()
    if (first === undefined) return
    stores.profiles.getState().select(first.id)
    stores.view.getState().openBucket(bucket)
    onClose()
    const hasKeys = first.credentialState !== 'missing'
    announceDone(
      {
        title: `${formatCount(count, 'destination')} imported`,
        body: hasKeys
          ? 'They are in the sidebar, below their bucket.'
          : 'They are in the sidebar. The profile has no keys yet: none are read from a project.',
      },
      hasKeys
        ? undefined
        : {
            label: 'Enter its keys',
            act: () => stores.view.getState().openDialog({ kind: 'profile', profileId: first.id }),
          },
    )
  }

  return (
    <Dialog
      title="Import a Django project"
      description="Settings, storages and .env are read as text: nothing is run, and no key or password is taken over."
      width="wide"
      onClose={onClose}
      onSubmit={() => void save()}
      trouble={<ErrorHere error={error} />}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy || count === 0}>
            {count === 0 ? 'Save' : `Save ${formatCount(count, 'destination')}`}
          </Button>
        </>
      }
    >
      <FolderField
        label="Project"
        folder={folder}
        hint="The folder with manage.py."
        purpose="project"
        onFolder={(chosen) => void readFolder(chosen, settings)}
      />
      {folder === null ? null : (
        <div className="row django-again">
          <div className="grow">
            <TextField
              label="Settings"
              value={settings}
              onValue={setSettings}
              placeholder={read?.project.settingsFile ?? 'mysite.settings.production'}
              hint={
                read === null
                  ? 'The module, where Pail does not find it.'
                  : `Read ${read.project.settingsFile}, of ${formatCount(read.project.files.length, 'file')} in all. Another module can be named here.`
              }
              maxLength={1024}
            />
          </div>
          <Button disabled={busy} onClick={() => void readFolder(folder, settings)}>
            {busy ? 'Reading…' : 'Read again'}
          </Button>
        </div>
      )}
      {read === null || folder === null ? null : (
        <>
          <Answers
            project={read.project}
            answers={answers}
            missing={shown ? missingVariables(read.project, read.form) : new Set()}
            onAnswers={setAnswers}
          />
          {read.project.destinations.length === 0 ? (
            <Note kind="info" title="No files in S3">
              These settings keep no files in S3 with django-storages, as far as they can be read.
            </Note>
          ) : (
            <>
              <DjangoProfiles {...read} onForm={(form) => setRead({ ...read, form })} />
              <DjangoDestinations {...read} shown={shown} onForm={(form) => setRead({ ...read, form })} />
            </>
          )}
          <Notes project={read.project} />
        </>
      )}
    </Dialog>
  )
}

interface AnswersProps {
  project: DjangoProject
  answers: Readonly<Record<string, string>>
  /** Those without which nothing can be kept. */
  missing: ReadonlySet<string>
  onAnswers: (answers: Readonly<Record<string, string>>) => void
}

/** What variables, settings and attributes are that the files do not tell, and that no field further down asks for. */
function Answers({ project, answers, missing, onAnswers }: AnswersProps) {
  // What was answered stays in sight, and can be changed.
  const asked = askedAnswers(project)
  const names = [...new Set([...asked.map(({ name }) => name), ...Object.keys(answers)])]
  if (names.length === 0) return null
  return (
    <section className="django-part" aria-label="What the files do not tell">
      <h3>What the files do not tell</h3>
      <p className="muted">
        The site has these from its environment, or computes them. Say what they are, and read again. A secret
        is not needed.
      </p>
      {names.map((name) => {
        const question = asked.find((each) => each.name === name)
        return (
          <TextField
            key={name}
            label={name}
            className="input mono"
            value={answers[name] ?? ''}
            onValue={(value) => onAnswers({ ...answers, [name]: value })}
            hint={
              question === undefined ? '' : `${visibleName(question.text)} (${visibleName(question.where)})`
            }
            problem={missing.has(name) ? 'Say what it is, and read again.' : null}
            maxLength={4096}
          />
        )
      })}
    </section>
  )
}

/** What was guessed, what has no counterpart, and what no field asks for. */
function Notes({ project }: { project: DjangoProject }) {
  const answered = new Set(askedAnswers(project).map(({ name }) => name))
  const others = project.questions.filter(
    ({ name, variable }) => variable === null && !answered.has(name) && !isField(project, name),
  )
  if (project.notes.length + others.length === 0) return null
  return (
    <Note kind={others.length > 0 ? 'warning' : 'info'} title="What to know">
      <ul className="django-notes">
        {others.map(({ name, text, file, line }) => (
          <li key={`${name} ${file} ${line}`}>
            {visibleName(text)} <span className="mono">{visibleName(`${file}:${line}`)}</span>
          </li>
        ))}
        {project.notes.map((note) => (
          <li key={note}>{visibleName(note)}</li>
        ))}
      </ul>
    </Note>
  )
}
