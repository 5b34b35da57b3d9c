using System.Runtime.CompilerServices;
using System.Text;

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>Turns failed native calls into exceptions that name the operation and its tensors.</summary>
internal static class Errors
{
    private const int OutOfMemory = 2, OverBudget = 3;

    /// <summary>The tensor that a native function returned.</summary>
    internal static Tensor Result(
        nint handle, Tensor? a = null, Tensor? b = null, Tensor? c = null, [CallerMemberName] string operation = "")
        => handle != 0 ? new Tensor(handle) : throw Failure(operation, a, b, c);

    /// <summary>The tensor that a native function returned, null where it is undefined.</summary>
    internal static Tensor? Optional(nint handle, Tensor? a = null, [CallerMemberName] string operation = "")
    {
        if (handle != 0) return new Tensor(handle);
        return Native.sw_last_error_kind() == 0 ? null : throw Failure(operation, a);
    }

    /// <summary>Checks the status that a native function returned.</summary>
    internal static void Check(
        int status, Tensor? a = null, Tensor? b = null, Tensor? c = null, [CallerMemberName] string operation = "")
    {
        if (status != 0) throw Failure(operation, a, b, c);
    }

    internal static TorchException Failure(string operation, params ReadOnlySpan<Tensor?> tensors)
    {
        var kind = Native.sw_last_error_kind();
        var message = (Native.Text(Native.sw_last_error()) ?? "").Split('\n')[0];
        var text = new StringBuilder("torch.").Append(operation).Append('(');
        var first = true;
        foreach (var tensor in tensors)
        {
            if (tensor is null) continue;
            if (!first) text.Append(", ");
            first = false;
            text.Append(tensor.Describe());
        }

        text.Append("): ").Append(message);
        return kind is OutOfMemory or OverBudget ? new TorchOutOfMemoryException(text.ToString(), kind == OverBudget) : new TorchException(text.ToString());
    }
}
