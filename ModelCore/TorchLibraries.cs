using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sweeps.ModelCore.Kernels.Interop;

namespace Sweeps.ModelCore;

/// <summary>What must be in the process before libtorch is; it is loaded when TorchSharp is, and not before.</summary>
internal static class TorchLibraries
{
    private static readonly Lock s_preparing = new();
    private static bool s_prepared;

#pragma warning disable CA2255 // TorchSharp may be used by anybody, at first anywhere: there is no other place before that.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        AppDomain.CurrentDomain.AssemblyLoad += (_, e) =>
        {
            if (IsTorchSharp(e.LoadedAssembly)) Take(e.LoadedAssembly);
        };
        if (AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(IsTorchSharp) is { } loaded) Take(loaded);
    }

    /// <summary>Loads all of it now, where that cannot be done with the loader's own words.</summary>
    /// <exception cref="DllNotFoundException">a library is missing, or of another version; the message says which</exception>
    internal static void Load()
    {
        Prepare();
        NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
    }

    private static void Take(Assembly torchSharp)
    {
        Prepare();
        TorchNumbers.TakeOver(torchSharp);
    }

    private static void Prepare()
    {
        lock (s_preparing)
        {
            if (s_prepared) return;
            // Its allocator takes the place of libtorch's.
            _ = NativeLibraryFile.Load();
            // Of a libtorch outside the packages: what needs it by name then finds it in the process.
            if (Folder() is { } folder) NativeLibrary.Load(Path.Combine(folder, "lib", "libtorch.so"));
            s_prepared = true;
        }
    }

    private static bool IsTorchSharp(Assembly assembly) => assembly.GetName().Name == nameof(TorchSharp);

    // What LIBTORCH was when this was built.
    private static string? Folder() => typeof(TorchLibraries).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .FirstOrDefault(attribute => attribute.Key == "Libtorch")?.Value;
}
