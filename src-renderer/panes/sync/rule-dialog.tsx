import { useState } from 'react'
import type { HeaderRule } from '../../../src-preload/contract/header-rule.ts'
import { ruleProblem } from '../../../src-preload/contract/rule-problem.ts'
import { Button } from '../../components/button.tsx'
import { CheckField, SelectField } from '../../components/choice-fields.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextField } from '../../components/field.tsx'
import { headerLineProblem } from '../../text/option-text.ts'
import { precompressTexts } from '../../text/rule-text.ts'

interface RuleDialogProps {
  /** Null for a new one. */
  rule: HeaderRule | null
  onClose: () => void
  onSave: (rule: HeaderRule) => void
}

interface Typed {
  readonly glob: string
  readonly fingerprinted: boolean
  readonly cacheControl: string
  readonly contentType: string
  readonly contentDisposition: string
  readonly contentEncoding: string
  readonly contentLanguage: string
  readonly visibility: 'inherit' | 'public' | 'private'
  readonly precompress: 'inherit' | NonNullable<HeaderRule['precompress']>
}

/** One rule of the headers: which files, and what they get. Empty fields leave the matter to other rules. */
export function RuleDialog({ rule, onClose, onSave }: RuleDialogProps) {
  const [typed, setTyped] = useState<Typed>(() => ({
    glob: rule?.glob ?? '',
    fingerprinted: rule?.fingerprinted ?? false,
    cacheControl: rule?.cacheControl ?? '',
    contentType: rule?.contentType ?? '',
    contentDisposition: rule?.contentDisposition ?? '',
    contentEncoding: rule?.contentEncoding ?? '',
    contentLanguage: rule?.contentLanguage ?? '',
    visibility: rule?.visibility ?? 'inherit',
    precompress: rule?.precompress ?? 'inherit',
  }))
  const [shown, setShown] = useState(false)
  const problems = problemsOf(typed)
  const problem = (name: keyof typeof problems) => (shown ? (problems[name] ?? null) : null)
  const change = (part: Partial<Typed>) => setTyped({ ...typed, ...part })
  const save = () => {
    setShown(true)
    if (Object.keys(problems).length === 0) onSave(ruleOf(typed))
  }
  return (
    <Dialog
      title={rule === null ? 'New rule' : 'Edit rule'}
      description="Fields that stay empty are left to the rules below and to the options."
      width="wide"
      onClose={onClose}
      onSubmit={save}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit">
            {rule === null ? 'Add rule' : 'Save'}
          </Button>
        </>
      }
    >
      <TextField
        label="Files"
        value={typed.glob}
        onValue={(glob) => change({ glob })}
        problem={problem('glob')}
        placeholder="*.pdf"
        hint="A pattern such as *.pdf, downloads/ or assets/**/*.js."
        maxLength={512}
      />
      <CheckField
        label="Only names that carry a digest"
        hint="Such as site.55e7cbb9ba48.css."
        checked={typed.fingerprinted}
        onChecked={(fingerprinted) => change({ fingerprinted })}
      />
      <div className="field-grid">
        <TextField
          label="Cache-Control"
          value={typed.cacheControl}
          onValue={(cacheControl) => change({ cacheControl })}
          problem={problem('cacheControl')}
          placeholder="public, max-age=31536000, immutable"
          maxLength={512}
        />
        <TextField
          label="Content-Type"
          value={typed.contentType}
          onValue={(contentType) => change({ contentType })}
          problem={problem('contentType')}
          placeholder="By the name"
          maxLength={255}
        />
        <TextField
          label="Content-Disposition"
          value={typed.contentDisposition}
          onValue={(contentDisposition) => change({ contentDisposition })}
          problem={problem('contentDisposition')}
          placeholder="attachment"
          maxLength={1024}
        />
        <TextField
          label="Content-Encoding"
          value={typed.contentEncoding}
          onValue={(contentEncoding) => change({ contentEncoding })}
          problem={problem('contentEncoding')}
          placeholder="Not set"
          hint="Only for files that are encoded already."
          maxLength={64}
        />
        <TextField
          label="Content-Language"
          value={typed.contentLanguage}
          onValue={(contentLanguage) => change({ contentLanguage })}
          problem={problem('contentLanguage')}
          placeholder="de"
          maxLength={128}
        />
        <SelectField
          label="Visibility"
          options={[
            { value: 'inherit', label: 'As the destination' },
            { value: 'public', label: 'Public' },
            { value: 'private', label: 'Private' },
          ]}
          value={typed.visibility}
          onValue={(visibility) => change({ visibility })}
        />
        <SelectField
          label="Compression"
          options={[
            { value: 'inherit', label: 'As the options' },
            ...precompressOptions,
            { value: 'off', label: precompressTexts.off },
          ]}
          value={typed.precompress}
          onValue={(precompress) => change({ precompress })}
        />
      </div>
      {shown && problems.nothing !== undefined ? <p className="field-problem">{problems.nothing}</p> : null}
    </Dialog>
  )
}

/** The ways of compressing as choices, without the one that only takes files out of a rule below. */
export const precompressOptions = (['siblings', 'gzip', 'br'] as const).map((value) => ({
  value,
  label: precompressTexts[value],
}))

const ruleHeaders = [
  'cacheControl',
  'contentType',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
] as const

function problemsOf(typed: Typed): Partial<Record<keyof Typed | 'nothing', string>> {
  const problems: Partial<Record<keyof Typed | 'nothing', string>> = {}
  if (typed.glob.trim() === '') problems.glob = 'Which files? A pattern such as *.pdf.'
  else if (typed.glob.trim().startsWith('!')) problems.glob = 'A rule’s pattern does not begin with !.'
  for (const name of ruleHeaders) {
    const problem = headerLineProblem(typed[name])
    if (problem !== null) problems[name] = problem
  }
  if (typed.contentType.trim() !== '' && !/^[^\s/]+\/[^\s/]+/.test(typed.contentType.trim()))
    problems.contentType = 'A media type such as text/css.'
  const language = typed.contentLanguage.trim()
  if (language !== '' && !/^[a-z0-9-]+(, ?[a-z0-9-]+)*$/i.test(language))
    problems.contentLanguage = 'The tag of a language such as de or pt-BR.'
  const problem = ruleProblem(ruleOf(typed))
  if (problem?.field === 'glob') problems.glob ??= `The pattern ${problem.message}.`
  else if (problem !== null) problems.nothing = `${problem.message}.`
  return problems
}

function ruleOf(typed: Typed): HeaderRule {
  const text = (name: (typeof ruleHeaders)[number]) =>
    typed[name].trim() === '' ? {} : { [name]: typed[name].trim() }
  return {
    glob: typed.glob.trim(),
    ...(typed.fingerprinted ? { fingerprinted: true as const } : {}),
    ...text('cacheControl'),
    ...text('contentType'),
    ...text('contentDisposition'),
    ...text('contentEncoding'),
    ...text('contentLanguage'),
    ...(typed.visibility === 'inherit' ? {} : { visibility: typed.visibility }),
    ...(typed.precompress === 'inherit' ? {} : { precompress: typed.precompress }),
  }
}
