using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), step for step as PyTorch's. A parameter without gradient is
/// left alone. The moments belong to the optimiser, the parameters do not.
/// </summary>
internal sealed partial class AdamW : IDisposable
{
    private const string MeanPrefix = "exp_avg.";
    private const string SquarePrefix = "exp_avg_sq.";
    private const string StepPrefix = "step.";

    private readonly Dictionary<string, State> _state = [];

    /// <param name="parameters">leaves that require gradients; the names must differ</param>
    /// <param name="lr">learning rate</param>
    /// <param name="beta1">decay of the mean of the gradients</param>
    /// <param name="beta2">decay of the mean of the squared gradients</param>
    /// <param name="eps">added to the root of the mean square</param>
    /// <param name="weightDecay">decay of the weights per step, times the learning rate</param>
    public AdamW(
        IEnumerable<(string Name, Tensor Parameter)> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999,
        double eps = 1e-8, double weightDecay = 1e-2)
        : this([new ParamGroup
        {
            Parameters = [.. parameters],
            Lr = lr,
            Beta1 = beta1,
            Beta2 = beta2,
            Eps = eps,
            WeightDecay = weightDecay,
        }])
    {
    }

    /// <param name="groups">groups of parameters; the names must differ among all of them</param>
    public AdamW(IReadOnlyList<ParamGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ParamGroups = groups;
        using var noGradient = torch.no_grad();
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
    public IReadOnlyList<ParamGroup> ParamGroups { get; }

    /// <summary>Learning rate of all groups; reading gives the first group's.</summary>
    public double Lr
    {
        get => ParamGroups[0].Lr;
        set
        {
            foreach (var group in ParamGroups) group.Lr = value;
        }
    }

    public void ZeroGrad()
    {
        foreach (var group in ParamGroups)
            foreach (var (_, parameter) in group.Parameters) parameter.grad = null;
    }

    /// <summary>Changes every parameter that has a gradient.</summary>
    public void Step()
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        foreach (var group in ParamGroups)
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
        var correction1 = 1 - Math.Pow(group.Beta1, state.Steps);
        var correction2 = 1 - Math.Pow(group.Beta2, state.Steps);
        if (group.WeightDecay != 0) parameter.mul_(1 - group.Lr * group.WeightDecay);
        using var share = torch.full([], 1 - group.Beta1, gradient.dtype, gradient.device);
        state.Mean.lerp_(gradient, share);
        state.Square.mul_(group.Beta2).addcmul_(gradient, gradient, 1 - group.Beta2);
        using var denominator = state.Square.sqrt();
        denominator.div_(Math.Sqrt(correction2)).add_(group.Eps);
        parameter.addcdiv_(state.Mean, denominator, -group.Lr / correction1);
    }

    /// <summary>
    /// Everything that a resumed optimiser needs, in a fixed order: exp_avg.NAME and exp_avg_sq.NAME (the moments themselves, not
    /// copies; the optimiser keeps owning them) and step.NAME (Int64, the caller disposes it).
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> StateDict()
    {
        var list = new List<(string, Tensor)>();
        foreach (var group in ParamGroups)
        {
            foreach (var (name, _) in group.Parameters)
            {
                var state = _state[name];
                list.Add((MeanPrefix + name, state.Mean));
                list.Add((SquarePrefix + name, state.Square));
                list.Add((StepPrefix + name, torch.tensor(state.Steps)));
            }
        }

        return list;
    }

    /// <summary>Copies a state that <see cref="StateDict"/> gave.</summary>
    /// <exception cref="ArgumentException">a tensor is missing or has the wrong shape; nothing has changed then</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        using var noGradient = torch.no_grad();
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
            {
                throw new ArgumentException(
                    $"AdamW state: \"{name}\" is {tensor.Describe()}, expected the shape [{string.Join(", ", shape)}]");
            }
        }
    }

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
        internal readonly Tensor Mean = torch.zeros_like(parameter).DetachFromDisposeScope();
        internal readonly Tensor Square = torch.zeros_like(parameter).DetachFromDisposeScope();
        internal long Steps;

        /// <summary>Where <see cref="FusedStep"/> found its last threshold; it changes no result, so it is not saved.</summary>
        internal long Hint { get; set; } = -1;
    }
}
