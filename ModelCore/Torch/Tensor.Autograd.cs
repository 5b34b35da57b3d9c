using Sweeps.ModelCore.Torch.Interop;
using static Sweeps.ModelCore.Torch.Interop.Errors;

namespace Sweeps.ModelCore.Torch;

// Gradients.
public sealed partial class Tensor
{
    /// <summary>Whether operations on this tensor are recorded for gradients. May be set on tensors that no operation made.</summary>
    public bool requires_grad
    {
        get => Native.sw_requires_grad(this) != 0;
        set => Check(Native.sw_set_requires_grad(this, Int(value)), this);
    }

    public Tensor requires_grad_(bool requires_grad = true)
    {
        this.requires_grad = requires_grad;
        return this;
    }

    /// <summary>Whether the tensor is not the result of a recorded operation.</summary>
    public bool is_leaf => Native.sw_is_leaf(this) != 0;

    /// <summary>
    /// The gradient that <see cref="backward"/> has summed up here, null where there is none. Each read makes a handle of its own
    /// (of the same memory), to be disposed like any other; setting shares the memory of the given tensor, null clears.
    /// </summary>
    public Tensor? grad
    {
        get => Optional(Native.sw_grad(this), this);
        set
        {
            using var gradient = new OptionalHandle(value);
            Check(Native.sw_set_grad(this, gradient.Value), this, value);
        }
    }

    /// <summary>Clears the gradient.</summary>
    public void zero_grad() => grad = null;

    /// <summary>Adds the derivative of this tensor to the gradient of every leaf that it was made from.</summary>
    /// <param name="gradient">derivative of the final value by this tensor; may be left out where this has one element</param>
    /// <param name="retain_graph">keep what was recorded, to go through it again</param>
    /// <param name="create_graph">record the backward pass itself</param>
    public void backward(Tensor? gradient = null, bool retain_graph = false, bool create_graph = false)
    {
        using var handle = new OptionalHandle(gradient);
        ManagedFunctions.Run(() => Native.sw_backward(this, handle.Value, Int(retain_graph || create_graph), Int(create_graph)), this, gradient);
    }

    /// <summary>The same memory, cut off from the recorded operations.</summary>
    public Tensor detach() => Result(Native.sw_detach(this), this);

    public Tensor detach_() => Changed(Native.sw_detach_(this));
}
