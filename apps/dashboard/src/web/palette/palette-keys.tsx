import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** Opens the palette with ctrl-K or cmd-K, and loads its code on first use. */
export function PaletteKeys(): JSX.Element | null {
  const [isOpen, setIsOpen] = useState(false)
  const [Content, setContent] = useState<ComponentType<{ readonly onClose: () => void }> | undefined>(undefined)
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
      event.preventDefault()
      setIsOpen(true)
      import('./palette.tsx').then(
        ({ Palette }) => setContent(() => Palette),
        () => setIsOpen(false),
      )
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
  if (!isOpen || Content === undefined) return null
  return <Content onClose={() => setIsOpen(false)} />
}
