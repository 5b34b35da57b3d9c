using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Kernels.Interop;

// The structs of Native/sweeps.h, field for field; what they mean is said there.
#pragma warning disable CA1815 // they are arguments, never compared

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeRows
{
    public float* Data;
    public long Count, Width, Stride;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeCodes
{
    public long Rows, Cols;
    public int* Ptr, Idx;
    public float* Val;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NativeMemoryStats
{
    public long InUse, Peak, Kept, FromSystem;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NativeNumbers
{
    public long Made, Held, LetGo;
}

[StructLayout(LayoutKind.Sequential)]
internal struct NativeShortage
{
    public long Asked, InUse, Budget;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeAttention
{
    public float* Q, K, V, Sinks;
    public long* Positions;
    public long B, T, NHead, Queries, QStride, KvStride;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeAdamWParameter
{
    public float* Parameter, Mean, Square, Gradient;
    public long Rows, Cols, Step;
    public double Lr, Beta1, Beta2, Eps, WeightDecay;
    public long Kept, FloorAxis, Floor, Hint;
}

/// <summary>Of the parameters of a layer, or of their gradients: sw_layer and sw_layer_gradients have one layout.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeLayer
{
    public float* Ln1, CAttn, CAttnBias, Sink, AttnProj, AttnProjBias, Ln2, CFc, CFcBias, MlpProj, MlpProjBias, Positions1, Positions2;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeNetwork
{
    public long NLayer, DModel, DPosEmb, DMlp, NCtx, Vocab;
    public fixed long K[8];
    public double Eps;
    public NativeLayer* Layers;
    public float* Wte, Bigram, LnF, LmHead, LogitsBias;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeBatch
{
    public long* Tokens, Targets;
    public long Sequences, T;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeGradients
{
    public NativeLayer* Layers;
    public float* Wte, Bigram, LnF, Logits, Xn;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativePrompts
{
    public long* Tokens, Positions, Candidates;
    public long Rows, Length;
}
