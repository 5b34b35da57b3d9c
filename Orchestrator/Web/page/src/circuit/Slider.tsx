import { useId } from 'preact/hooks';

interface Props {
  keep: number;
  text: string;
  onKeep: (keep: number) => void;
}

/** The scale is a square's: the few strongest weights have half of it. */
const steps = 200;

/** How many of the weights are shown, the strongest first. */
export function Slider({ keep, text, onKeep }: Props) {
  const id = useId();
  return (
    <span class="slider">
      <label for={id}>Strongest weights</label>
      <input
        id={id}
        type="range"
        min={1}
        max={steps}
        value={Math.round(Math.sqrt(keep) * steps)}
        aria-valuetext={text}
        onInput={(event) => onKeep((Number(event.currentTarget.value) / steps) ** 2)}
      />
    </span>
  );
}
