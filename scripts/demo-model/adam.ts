// Parameters of a small model and the Adam optimiser that moves them.
import { randomWeights } from "../fixture/random-weight.ts";
import { power } from "./portable-math.ts";

const MOMENTUM = 0.9;
const SQUARE_MOMENTUM = 0.999;
const EPSILON = 1e-8;

/** A flat array of weights with its gradient; callers add to `gradient` between steps. */
export class Parameter {
  readonly value: Float64Array;
  readonly gradient: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;

  constructor(seed: string, length: number, deviation: number) {
    this.value = Float64Array.from(randomWeights(seed, length, deviation));
    this.gradient = new Float64Array(length);
    this.first = new Float64Array(length);
    this.second = new Float64Array(length);
  }

  /** The weights as a model file holds them. */
  toFloat32(): Float32Array {
    return Float32Array.from(this.value);
  }
}

/** Moves the parameters against their gradients, which it clears; `step` counts from 1. */
export function adamStep(
  parameters: readonly Parameter[],
  { step, rate, decay }: { step: number; rate: number; decay: number },
): void {
  const firstScale = 1 / (1 - power(MOMENTUM, step));
  const secondScale = 1 / (1 - power(SQUARE_MOMENTUM, step));
  for (const { value, gradient, first, second } of parameters) {
    for (let index = 0; index < value.length; index++) {
      const slope = gradient[index]!;
      const mean = MOMENTUM * first[index]! + (1 - MOMENTUM) * slope;
      const square = SQUARE_MOMENTUM * second[index]! + (1 - SQUARE_MOMENTUM) * slope * slope;
      first[index] = mean;
      second[index] = square;
      gradient[index] = 0;
      const move = (mean * firstScale) / (Math.sqrt(square * secondScale) + EPSILON);
      value[index] = value[index]! * (1 - rate * decay) - rate * move;
    }
  }
}
