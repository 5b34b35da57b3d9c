namespace Sweeps.ModelCore.Torch;

public static partial class torch
{
    /// <summary>PyTorch's torch.optim.</summary>
    public static partial class optim
    {
        /// <summary>Parameters that share their settings; the settings may change between steps.</summary>
        public sealed class ParamGroup
        {
            /// <summary>Names and tensors.</summary>
            public required IReadOnlyList<(string Name, Tensor Parameter)> Parameters { get; init; }

            /// <summary>Learning rate.</summary>
            public double lr { get; set; } = 1e-3;

            /// <summary>Decay of the mean of the gradients, in [0, 1).</summary>
            public double beta1 { get; set; } = 0.9;

            /// <summary>Decay of the mean of the squared gradients, in [0, 1).</summary>
            public double beta2 { get; set; } = 0.999;

            /// <summary>Added to the root of the mean square.</summary>
            public double eps { get; set; } = 1e-8;

            /// <summary>Decay of the weights per step, times the learning rate.</summary>
            public double weight_decay { get; set; } = 1e-2;

            internal void Validate()
            {
                Require(lr >= 0 && double.IsFinite(lr), nameof(lr), lr, "a finite number >= 0");
                Require(beta1 is >= 0 and < 1, nameof(beta1), beta1, "a number in [0, 1)");
                Require(beta2 is >= 0 and < 1, nameof(beta2), beta2, "a number in [0, 1)");
                Require(eps >= 0 && double.IsFinite(eps), nameof(eps), eps, "a finite number >= 0");
                Require(weight_decay >= 0 && double.IsFinite(weight_decay), nameof(weight_decay), weight_decay, "a finite number >= 0");
            }

            private static void Require(bool holds, string name, double value, string expected)
            {
                if (!holds) throw new ArgumentOutOfRangeException(name, value, $"AdamW: expected {expected}");
            }
        }

        /// <summary>
        /// Adam with decoupled weight decay (Loshchilov and Hutter 2019), step for step as PyTorch's. A parameter without gradient is
        /// left alone. The moments belong to the optimiser, the parameters do not.
        /// </summary>
        public sealed partial class AdamW : IDisposable
        {
            private const string MeanPrefix = "exp_avg.";
            private const string SquarePrefix = "exp_avg_sq.";
            private const string StepPrefix = "step.";

            private readonly Dictionary<string, State> _state = [];

            /// <param name="named_parameters">leaves that require gradients; the names must differ</param>
            /// <param name="lr">learning rate</param>
            /// <param name="beta1">decay of the mean of the gradients</param>
            /// <param name="beta2">decay of the mean of the squared gradients</param>
            /// <param name="eps">added to the root of the mean square</param>
            /// <param name="weight_decay">decay of the weights per step, times the learning rate</param>
            public AdamW(
                IEnumerable<(string Name, Tensor Parameter)> named_parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
                double eps = 1e-8, double weight_decay = 1e-2)
                : this([new ParamGroup
                {
                    Parameters = [.. named_parameters],
                    lr = lr,
                    beta1 = beta1,
                    beta2 = beta2,
                    eps = eps,
                    weight_decay = weight_decay,
                }])
            {
            }

            /// <param name="groups">groups of parameters; the names must differ among all of them</param>
            public AdamW(IReadOnlyList<ParamGroup> groups)
            {
                param_groups = groups;
                using var _ = no_grad();
                foreach (var group in groups)
                {
                    group.Validate();
                    foreach (var (name, parameter) in group.Parameters)
                    {
                        if (!_state.TryAdd(name, new State(parameter)))
                            throw new ArgumentException($"AdamW: two parameters have the name \"{name}\"");
                    }
                }
            }

            /// <summary>The groups; their settings may be changed between steps.</summary>
            public IReadOnlyList<ParamGroup> param_groups { get; }

            /// <summary>Learning rate of all groups; reading gives the first group's.</summary>
            public double lr
            {
                get => param_groups[0].lr;
                set
                {
                    foreach (var group in param_groups) group.lr = value;
                }
            }

            /// <summary>Forgets the gradients.</summary>
            public void zero_grad()
            {
                foreach (var group in param_groups)
                    foreach (var (_, parameter) in group.Parameters) parameter.grad = null;
            }

            /// <summary>Changes every parameter that has a gradient.</summary>
            public void step()
            {
                using var scope = NewDisposeScope();
                using var _ = no_grad();
                foreach (var group in param_groups)
                {
                    group.Validate();
                    foreach (var (name, parameter) in group.Parameters)
                    {
                        if (parameter.grad is { } gradient) Update(group, _state[name], parameter, gradient);
                    }
                }
            }

            private static void Update(ParamGroup group, State state, Tensor parameter, Tensor gradient)
            {
                state.Steps++;
                var correction1 = 1 - Math.Pow(group.beta1, state.Steps);
                var correction2 = 1 - Math.Pow(group.beta2, state.Steps);
                if (group.weight_decay != 0) parameter.mul_(1 - group.lr * group.weight_decay);
                state.Mean.lerp_(gradient, 1 - group.beta1);
                state.Square.mul_(group.beta2).addcmul_(gradient, gradient, 1 - group.beta2);
                using var denominator = state.Square.sqrt();
                denominator.div_(Math.Sqrt(correction2)).add_(group.eps);
                parameter.addcdiv_(state.Mean, denominator, -group.lr / correction1);
            }

            /// <summary>
            /// Everything that a resumed optimiser needs, in a fixed order: exp_avg.NAME and exp_avg_sq.NAME (the moments themselves, not
            /// copies; the optimiser keeps owning them) and step.NAME (Int64, the caller disposes it).
            /// </summary>
            public IReadOnlyList<(string Name, Tensor Tensor)> state_dict()
            {
                var list = new List<(string, Tensor)>();
                foreach (var group in param_groups)
                {
                    foreach (var (name, _) in group.Parameters)
                    {
                        var state = _state[name];
                        list.Add((MeanPrefix + name, state.Mean));
                        list.Add((SquarePrefix + name, state.Square));
                        list.Add((StepPrefix + name, tensor(state.Steps)));
                    }
                }

                return list;
            }

            /// <summary>Copies a state that <see cref="state_dict"/> gave.</summary>
            /// <exception cref="ArgumentException">a tensor is missing or has the wrong shape; nothing has changed then</exception>
            public void load_state_dict(IReadOnlyDictionary<string, Tensor> tensors)
            {
                using var _ = no_grad();
                foreach (var (name, state) in _state)
                {
                    Find(MeanPrefix + name, state.Mean.shape);
                    Find(SquarePrefix + name, state.Square.shape);
                    Find(StepPrefix + name, []);
                }

                foreach (var (name, state) in _state)
                {
                    state.Mean.copy_(tensors[MeanPrefix + name]);
                    state.Square.copy_(tensors[SquarePrefix + name]);
                    state.Steps = tensors[StepPrefix + name].ToInt64();
                }

                void Find(string name, long[] shape)
                {
                    if (!tensors.TryGetValue(name, out var tensor)) throw new ArgumentException($"AdamW state: \"{name}\" is missing");
                    if (!tensor.shape.SequenceEqual(shape))
                        throw new ArgumentException($"AdamW state: \"{name}\" is {tensor}, expected the shape [{string.Join(", ", shape)}]");
                }
            }

            /// <summary>Disposes the moments.</summary>
            public void Dispose()
            {
                foreach (var state in _state.Values)
                {
                    state.Mean.Dispose();
                    state.Square.Dispose();
                }
            }

            private sealed class State(Tensor parameter)
            {
                internal readonly Tensor Mean = zeros_like(parameter).DetachFromDisposeScope();
                internal readonly Tensor Square = zeros_like(parameter).DetachFromDisposeScope();
                internal long Steps;

                /// <summary>Where <see cref="fused_step"/> found its last threshold; it changes no result, so it is not saved.</summary>
                internal long Hint = -1;
            }
        }
    }
}
