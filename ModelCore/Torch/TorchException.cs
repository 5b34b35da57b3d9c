namespace Sweeps.ModelCore.Torch;

/// <summary>libtorch refused an operation; the message names it, the shapes and types of its tensors, and libtorch's reason.</summary>
public class TorchException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>There was not the memory for an operation; the message says how much it asked for and, on the CPU, how much was in use.</summary>
/// <param name="message">with the operation</param>
/// <param name="overBudget">whether the budget of <see cref="torch.cpu"/> was full, not the machine or the GPU; the message then has the budget</param>
public sealed class TorchOutOfMemoryException(string message, bool overBudget = false) : TorchException(message)
{
    /// <summary>Whether the budget of <see cref="torch.cpu"/> was full, not the machine or the GPU.</summary>
    public bool IsOverBudget { get; } = overBudget;
}
