namespace Sweeps.ModelCore.Torch;

/// <summary>libtorch refused an operation; the message names it, the shapes and types of its tensors, and libtorch's reason.</summary>
public class TorchException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>libtorch could not get the memory for an operation.</summary>
public sealed class TorchOutOfMemoryException(string message) : TorchException(message);
