using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Sweeps.ModelCore;

/// <summary>
/// A full GPU, which libtorch tells in a sentence and TorchSharp hands on as any other error: the numbers in it. The sentence is that of
/// libtorch's CUDA allocator from 2.1 to 2.10 at least.
/// </summary>
internal static partial class CudaShortage
{
    private const string Size = @"(\d+(?:\.\d+)?)\s+(bytes|KiB|MiB|GiB)";

    /// <summary>The shortage that an error tells of; null where it tells of none, or without numbers.</summary>
    internal static OutOfMemoryOnDeviceException? Of(ExternalException e)
    {
        var text = e.Message;
        if (!text.Contains("CUDA out of memory", StringComparison.Ordinal)) return null;
        if (Bytes(Asked().Match(text)) is not { } asked || Bytes(Allocated().Match(text)) is not { } allocated) return null;
        // What the allocator keeps for later counts too: it has it from the GPU, and its limit counts it.
        var inUse = allocated + (Bytes(Kept().Match(text)) ?? 0);
        var (gpu, free, allowed) = (Gpu().Match(text), Bytes(Free().Match(text)), Bytes(Allowed().Match(text)));
        var device = gpu.Success ? $"cuda:{gpu.Groups[1].Value}" : "cuda";
        // Where the GPU had not the room either, a larger budget would not have helped.
        if (allowed is { } budget && free >= asked) return new OutOfMemoryOnDeviceException(asked, inUse, budget, device);
        return new OutOfMemoryOnDeviceException(asked, inUse, 0, device, State(text));
    }

    // Whose memory the GPU's is: the sentences between what was asked for and what this process does with its own.
    private static string? State(string text)
    {
        var match = Others().Match(text);
        return match.Success ? Space().Replace(match.Groups[1].Value.Trim(), " ") : null;
    }

    private static long? Bytes(Match match)
    {
        if (!match.Success) return null;
        var unit = match.Groups[2].Value switch { "KiB" => 1L << 10, "MiB" => 1L << 20, "GiB" => 1L << 30, _ => 1L };
        return (long)(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * unit);
    }

    [GeneratedRegex(@"Tried to allocate\s+" + Size)]
    private static partial Regex Asked();

    [GeneratedRegex(@"GPU (\d+) has")]
    private static partial Regex Gpu();

    [GeneratedRegex(@"of which\s+" + Size + @"\s+is free")]
    private static partial Regex Free();

    [GeneratedRegex(Size + @"\s+allowed;")]
    private static partial Regex Allowed();

    [GeneratedRegex(Size + @"\s+is allocated by PyTorch")]
    private static partial Regex Allocated();

    [GeneratedRegex(Size + @"\s+is\s+reserved by PyTorch but unallocated")]
    private static partial Regex Kept();

    [GeneratedRegex(@"(GPU \d+ has a total capacity.*?)\s*(?:\d[\d.]* \w+ allowed;\s*)?Of the allocated memory", RegexOptions.Singleline)]
    private static partial Regex Others();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
