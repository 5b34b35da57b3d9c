using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Sweeps.ModelCore.Kernels.Interop;

/// <summary>
/// Binds TorchSharp's functions that make and free numbers to those of the same names in the native library, which keep a number as long
/// as the call that it was made for: Native/memory/numbers.cpp. TorchSharp itself does not: it lets go of the <see cref="Scalar"/> of
/// <c>x + 1</c>, and of those that it makes inside <c>x + y</c> or <c>x.square()</c>, before libtorch has read it.
/// </summary>
internal static class TorchNumbers
{
    private const string Declarations = "TorchSharp.PInvoke.NativeMethods";

    [ThreadStatic]
    private static bool t_binding;

    /// <summary>Binds them; to be called when TorchSharp has been loaded, before its first use.</summary>
    /// <exception cref="MissingMemberException">TorchSharp is of another version, and declares them elsewhere</exception>
    /// <exception cref="EntryPointNotFoundException">TorchSharp has one that the native library has not</exception>
    internal static void TakeOver(Assembly torchSharp)
    {
        // Asked for each function once, when it is bound; 0 is where TorchSharp finds it.
        NativeLibrary.SetDllImportResolver(torchSharp, static (_, _, _) => t_binding ? NativeLibraryFile.Load() : 0);
        t_binding = true;
        try
        {
            foreach (var function in Functions(torchSharp)) Marshal.Prelink(function);
        }
        finally
        {
            t_binding = false;
        }
    }

    /// <summary>Makes sure that TorchSharp's numbers are the native library's.</summary>
    /// <exception cref="NotSupportedException">they are not: TorchSharp was used before the native library was loaded</exception>
    internal static void RequireTakeOver()
    {
        var before = Stats();
        using (0.5.ToScalar())
        {
            var held = Stats();
            if (held.Made > before.Made && held.Held > 0) return;
        }
        throw new NotSupportedException(
            "TorchSharp does not take its numbers from libsweeps_native.so: it was used before that was loaded, or has other functions");
    }

    internal static unsafe NativeNumbers Stats()
    {
        NativeNumbers stats;
        NativeMethods.sw_number_stats(&stats);
        return stats;
    }

    private static List<MethodInfo> Functions(Assembly torchSharp)
    {
        var functions = (torchSharp.GetType(Declarations)?.GetMethods(BindingFlags.Static | BindingFlags.NonPublic) ?? [])
            .Where(method => method.Name.EndsWith("_to_scalar", StringComparison.Ordinal)
                || method.Name is "THSTensor_item" or "THSTorch_dispose_scalar")
            .ToList();
        return functions.Count > 2
            ? functions
            : throw new MissingMemberException($"{Declarations} of {torchSharp.FullName} does not declare the functions for numbers");
    }
}
