// A network with one hidden layer that learns to tell two rings apart, in plain TypeScript.

export interface Network {
  /** From the two inputs and a constant to each hidden unit, and from there to the answer. */
  readonly weights: Float64Array;
  readonly hidden: number;
}

export interface Sample {
  readonly x: number;
  readonly y: number;
  readonly outside: number;
}

export interface Training {
  readonly lr: number;
  readonly hidden: number;
  readonly epochs: number;
  /** Of the weights that it begins with. Default: 1. */
  readonly seed?: number;
  /** The first epoch; training is repeatable, so going on means doing the earlier ones silently. */
  readonly from?: number;
}

/** Points on two rings with noise, the same for the same seed. */
export function ringData(seed: number, count = 400): readonly Sample[] {
  const random = generator(seed);
  return Array.from({ length: count }, (_, i) => {
    const angle = random() * 2 * Math.PI;
    const radius = (i % 2 === 0 ? 0.5 : 1) + (random() - 0.5) * 0.3;
    return { x: radius * Math.cos(angle), y: radius * Math.sin(angle), outside: i % 2 };
  });
}

/** Trains by stochastic gradient descent and tells of every epoch. */
export function trainRings(
  { lr, hidden, epochs, seed = 1, from = 0 }: Training,
  tell: (epoch: number, values: { loss: number; accuracy: number }, network: Network) => void,
): Network {
  const random = generator(seed);
  const network = { hidden, weights: Float64Array.from({ length: hidden * 4 + 1 }, () => random() * 2 - 1) };
  const data = ringData(7);
  for (let epoch = 0; epoch < epochs; epoch++) {
    let loss = 0;
    for (const sample of data) loss += learn(network, sample, lr);
    if (epoch >= from) tell(epoch, { loss: loss / data.length, accuracy: classify(network, data) }, network);
  }
  return network;
}

/** The probability, by the network, that a sample lies on the outer ring. */
export function probability(network: Network, sample: Sample): number {
  return answer(network, sample).output;
}

/** The mean cross entropy over the samples. */
export function lossOf(network: Network, data: readonly Sample[]): number {
  return data.reduce((sum, sample) => sum + crossEntropy(answer(network, sample).output, sample), 0) / data.length;
}

/** The share of the samples that the network gets right. */
export function classify(network: Network, data: readonly Sample[]): number {
  const right = data.filter((sample) => Math.round(answer(network, sample).output) === sample.outside);
  return right.length / data.length;
}

function answer(
  { weights, hidden }: Network,
  { x, y }: Sample,
): { readonly units: Float64Array; readonly output: number } {
  const units = new Float64Array(hidden);
  let sum = weights[hidden * 4]!;
  for (let unit = 0; unit < hidden; unit++) {
    const at = unit * 4;
    units[unit] = Math.tanh(weights[at]! * x + weights[at + 1]! * y + weights[at + 2]!);
    sum += weights[at + 3]! * units[unit]!;
  }
  return { units, output: 1 / (1 + Math.exp(-sum)) };
}

/** One step down the gradient of the cross entropy; gives the loss before it. */
function learn(network: Network, sample: Sample, lr: number): number {
  const { weights, hidden } = network;
  const { units, output } = answer(network, sample);
  const error = output - sample.outside;
  for (let unit = 0; unit < hidden; unit++) {
    const at = unit * 4;
    const slope = error * weights[at + 3]! * (1 - units[unit]! ** 2);
    weights[at + 3]! -= lr * error * units[unit]!;
    weights[at]! -= lr * slope * sample.x;
    weights[at + 1]! -= lr * slope * sample.y;
    weights[at + 2]! -= lr * slope;
  }
  weights[hidden * 4]! -= lr * error;
  return crossEntropy(output, sample);
}

function crossEntropy(output: number, { outside }: Sample): number {
  return -Math.log(outside === 1 ? output : 1 - output);
}

/** Numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
