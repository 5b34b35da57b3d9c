using Sweeps.ModelCore.Kernels.Autograd;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Masks in tensors on a device, for a task loss in libtorch's graph. A step copies nothing to the CPU and waits for nothing: gates,
/// gradient and <see cref="MaskOptimizer"/>'s arithmetic, in its float64 and its order, are tensor operations. Loss and norm are read when
/// somebody asks, every few steps on a GPU; a step that is not finite stops the masks on the device, so that its number is still known.
/// </summary>
internal sealed class TensorMasks : IMasks
{
    private const int StepsPerReadOfGpu = 16;

    private readonly PruningOptions _options;
    private readonly PruningHyperparameters _hyper;
    private readonly TaskLoss _taskLoss;
    private readonly Tensor _tau, _m, _v; // float32 (masks)
    private readonly Tensor _last; // float64 (3): step, loss, norm

    /// <summary>Goes on from a state.</summary>
    /// <param name="options">steps, β1, bound of the norm</param>
    /// <param name="hyper">what the masks are trained with</param>
    /// <param name="state">copied to the device</param>
    /// <param name="device">where the model is</param>
    /// <param name="taskLoss">what is made small</param>
    /// <param name="stepsPerRead">after how many steps loss and norm are read; default 1 on the CPU, else 16</param>
    internal TensorMasks(
        PruningOptions options, PruningHyperparameters hyper, MaskState state, Device device, TaskLoss taskLoss, int? stepsPerRead = null)
    {
        (_options, _hyper, _taskLoss) = (options, hyper, taskLoss);
        StepsPerRead = stepsPerRead ?? (device.type == DeviceType.CPU ? 1 : StepsPerReadOfGpu);
        _tau = torch.tensor(state.Tau, device: device).DetachFromDisposeScope();
        _m = torch.tensor(state.M, device: device).DetachFromDisposeScope();
        _v = torch.tensor(state.V, device: device).DetachFromDisposeScope();
        var none = MaskStep.None;
        _last = torch.tensor((double[])[none.Step, none.Loss, none.GradientNorm], device: device).DetachFromDisposeScope();
    }

    /// <summary>The task loss, a scalar that can be differentiated by the gates.</summary>
    /// <param name="rows">the pairs of a step</param>
    /// <param name="gates">float32 (masks), 1 where a mask's thing is kept, else 0</param>
    internal delegate Tensor TaskLoss(TaskRows rows, Tensor gates);

    /// <inheritdoc/>
    public int StepsPerRead { get; }

    /// <inheritdoc/>
    public void Step(int step, TaskRows rows)
    {
        using var scope = torch.NewDisposeScope();
        // The gates are the leaves: the surrogate gradient from gate to τ is elementwise and needs no graph.
        var gates = _tau.gt(0).to(ScalarType.Float32).requires_grad_();
        var loss = _taskLoss(rows, gates);
        KernelBackward.Run(() => loss.backward());
        using var noGradient = torch.no_grad();
        var tau = _tau.to(ScalarType.Float64);
        // The sparsity term k_coef · Σ gates has derivative k_coef by each gate.
        var gradient = gates.grad!.to(ScalarType.Float64).add_(_hyper.KCoef).mul_(Derivative(tau));
        var norm = gradient.square().sum().sqrt();
        var isSound = Note(step, loss.detach().to(ScalarType.Float64), norm);
        Update(step, tau, gradient.mul_(norm.add(1e-6).reciprocal().mul_(_options.ClipNorm).clamp_max_(1)), isSound);
    }

    /// <inheritdoc/>
    public MaskStep Last()
    {
        var last = _last.Values<double>();
        return new MaskStep((int)last[0], last[1], last[2]);
    }

    /// <inheritdoc/>
    public MaskState State() => new(_tau.Values<float>(), _m.Values<float>(), _v.Values<float>());

    /// <inheritdoc/>
    public void Dispose()
    {
        _tau.Dispose();
        _m.Dispose();
        _v.Dispose();
        _last.Dispose();
    }

    // As NodeGate.Derivative.
    private Tensor Derivative(Tensor tau)
    {
        var e = tau.abs().neg_().div_(_hyper.HeavisideTemp).exp_();
        return e.div(e.add(1).square().mul_(_hyper.HeavisideTemp));
    }

    /// <summary>Notes the step, unless one before it was not finite; whether all have been, a scalar.</summary>
    private Tensor Note(int step, Tensor loss, Tensor norm)
    {
        // The number is filled in on the device: a tensor made of it would be copied there.
        var now = torch.stack([torch.full([], step, ScalarType.Float64, _last.device), loss, norm]);
        _last.copy_(torch.where(_last.isfinite().all(), now, _last));
        return _last.isfinite().all();
    }

    private void Update(int step, Tensor tau, Tensor gradient, Tensor isSound)
    {
        var lr = MaskOptimizer.LearningRate(step, _options.Steps, _hyper);
        var (beta1, beta2) = (_options.Beta1, 1 - _hyper.InvBeta2);
        var correction1 = 1 - Math.Pow(beta1, step + 1);
        var correction2 = 1 - Math.Pow(beta2, step + 1);
        var m = _m.to(ScalarType.Float64).mul_(beta1).add_(gradient.mul(1 - beta1));
        var v = _v.to(ScalarType.Float64).mul_(beta2).add_(gradient.mul(1 - beta2).mul_(gradient));
        var size = v.div(correction2).sqrt_().add_(MaskOptimizer.Epsilon);
        tau.mul_(1 - (lr * _hyper.WeightDecay)).sub_(m.div(correction1).mul_(lr).div_(size)).clamp_(-1, 1);
        Set(_tau, tau);
        Set(_m, m);
        Set(_v, v);

        void Set(Tensor state, Tensor value) => state.copy_(torch.where(isSound, value.to(ScalarType.Float32), state));
    }
}
